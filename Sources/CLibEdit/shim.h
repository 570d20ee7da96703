// What the line editor needs of libedit. Its own functions take variable arguments, which Swift cannot call.
#ifndef SNN_LIBEDIT_SHIM_H
#define SNN_LIBEDIT_SHIM_H

#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned char (*snn_edit_function)(EditLine *, int);
typedef char *(*snn_prompt_function)(EditLine *);

struct snn_editor {
  EditLine *line;
  History *history;
};

// `client` is what snn_client gives back inside the functions.
static inline struct snn_editor snn_editor_make(snn_prompt_function prompt, void *client) {
  struct snn_editor editor = {0, 0};
  HistEvent event;
  setlocale(LC_CTYPE, "");
  editor.line = el_init("snn", stdin, stdout, stderr);
  if (!editor.line) return editor;
  editor.history = history_init();
  history(editor.history, &event, H_SETSIZE, 10000);
  history(editor.history, &event, H_SETUNIQUE, 1);
  el_set(editor.line, EL_CLIENTDATA, client);
  el_set(editor.line, EL_PROMPT, prompt);
  el_set(editor.line, EL_EDITOR, "emacs");
  el_set(editor.line, EL_HIST, history, editor.history);
  // Ctrl-C is a key while a line is edited, and a signal while something runs.
  el_set(editor.line, EL_SETTY, "-d", "-isig", NULL);
  el_set(editor.line, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(editor.line, EL_BIND, "^S", "em-inc-search-next", NULL);
  return editor;
}

static inline void snn_editor_bind(
    struct snn_editor editor, const char *key, const char *name, const char *purpose, snn_edit_function function) {
  el_set(editor.line, EL_ADDFN, name, purpose, function);
  el_set(editor.line, EL_BIND, key, name, NULL);
}

static inline void *snn_client(EditLine *line) {
  void *client = NULL;
  el_get(line, EL_CLIENTDATA, &client);
  return client;
}

static inline void snn_history_enter(struct snn_editor editor, const char *text) {
  HistEvent event;
  history(editor.history, &event, H_ENTER, text);
}

static inline int snn_history_load(struct snn_editor editor, const char *path) {
  HistEvent event;
  return history(editor.history, &event, H_LOAD, path);
}

static inline int snn_history_save(struct snn_editor editor, const char *path) {
  HistEvent event;
  return history(editor.history, &event, H_SAVE, path);
}

static inline void snn_editor_end(struct snn_editor editor) {
  if (editor.history) history_end(editor.history);
  if (editor.line) el_end(editor.line);
}

#endif
