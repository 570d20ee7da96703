;;; snn-mode.el --- Major mode for .snn files -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "29.1"))

;;; Commentary:

;; Spiking neural networks from their equations.  Colours, indentation and comments; everything else is done by the
;; language server (`snn lsp') through eglot.

;;; Code:

(defconst snn-mode-declarations
  '("function" "network" "neuron" "surrogate" "sweep" "synapse" "task" "use"))

(defconst snn-mode-keywords
  '("and" "as" "batch" "by" "connect" "data" "delay" "drive" "dt" "else" "emit" "epochs" "expect" "feed" "for" "freeze"
    "hold" "if" "in" "input" "integrate" "learn" "learnable" "let" "loss" "next" "not" "of" "on" "optimise" "or" "over"
    "param" "pattern" "per" "plot" "population" "record" "refractory" "rule" "run" "score" "seed" "sign" "spike" "state"
    "step" "then" "weight" "when" "with"))

(defconst snn-mode-font-lock
  `((,(concat "^\\s-*" (regexp-opt snn-mode-declarations 'symbols) "\\s-+\\(\\_<[[:alpha:]_][[:alnum:]_]*\\)")
     (1 font-lock-keyword-face) (2 font-lock-type-face))
    (,(regexp-opt snn-mode-keywords 'symbols) . font-lock-keyword-face)
    ("\\_<[0-9][0-9_]*\\(?:\\.[0-9_]+\\)?\\(?:[eE][+-]?[0-9]+\\)?" . font-lock-constant-face)))

(defvar snn-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?\" "\"" table)
    table))

(defun snn-mode-indent-line ()
  "Indent by two blanks for each open brace or bracket."
  (interactive)
  (let* ((depth (save-excursion (beginning-of-line) (car (syntax-ppss))))
         (closes (save-excursion (back-to-indentation) (looking-at "[])}]"))))
    (save-excursion (indent-line-to (* 2 (max 0 (if closes (1- depth) depth)))))
    (when (< (current-column) (current-indentation)) (back-to-indentation))))

;;;###autoload
(define-derived-mode snn-mode prog-mode "snn"
  "Major mode for programs of spiking neural networks."
  (setq-local font-lock-defaults '(snn-mode-font-lock))
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "///?\\s-*")
  (setq-local indent-line-function #'snn-mode-indent-line)
  (setq-local indent-tabs-mode nil))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.snn\\'" . snn-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(snn-mode . ("snn" "lsp"))))

(provide 'snn-mode)
;;; snn-mode.el ends here
