(documentation) @comment.documentation
(comment) @comment
(string) @string
(number) @number
(unit) @type.builtin
(boolean) @boolean
(hole) @punctuation.special

["use" "function" "surrogate" "neuron" "synapse" "network" "task" "sweep"] @keyword
["param" "state" "let" "drive" "next" "on" "when" "with" "without" "refractory" "hold" "integrate" "emit" "learnable"
 "persistent" "per" "unit" "in" "crosses" "replace" "also" "trace" "deliver" "modulator" "step" "input" "population"
 "connect" "as" "pattern" "from" "no" "self" "weight" "delay" "sign" "rule" "current" "dropout" "part" "signal" "of" "data"
 "feed" "run" "for" "loss" "score" "learn" "by" "optimise" "record" "every" "plot" "carry" "freeze" "validate" "keep"
 "best" "start" "expect" "batch" "epochs" "seed" "seeds" "log"] @keyword
["if" "then" "else"] @keyword.conditional
["and" "or" "not"] @keyword.operator
(reducer) @keyword.operator
["time" "units" "samples" "synapses" "where" "at"] @keyword.operator
"spike" @variable.builtin
((identifier) @variable.builtin (#any-of? @variable.builtin "t" "dt" "pi" "xi"))

(neuron name: (identifier) @type)
(synapse name: (identifier) @type)
(population model: (dotted_name) @type)
(network name: (identifier) @module)
(task name: (identifier) @module)
(function name: (identifier) @function)
(surrogate name: (identifier) @function)
(call function: (identifier) @function.call)
(param name: (identifier) @variable.parameter)
(formal name: (identifier) @variable.parameter)
(argument label: (identifier) @variable.parameter)
(state name: (identifier) @variable)
(derivative) @variable
(population name: (identifier) @property)
(input name: (identifier) @property)
(connect name: (identifier) @property)
(member name: (identifier) @property)

["=" "~" "->" "+=" "-=" "*=" "/=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "^" ".." "..<" "=~" "+-"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "."] @punctuation.delimiter
