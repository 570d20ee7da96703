"""Pygments lexer of the language of spiking neural networks.

    pygmentize -l grammar/pygments/snn_lexer.py:SnnLexer -x examples/lif.snn
"""

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

__all__ = ["SnnLexer"]

NAME = r"[^\W\d]\w*"
UNIT = r"/?[^\W\d_]+(?:\^-?[0-9]+)?(?:[*/][^\W\d_]+(?:\^-?[0-9]+)?)*"
# Words that may follow a number without being a unit.
AFTER_NUMBER = (
    r"(?!(?:as|at|where|per|every|hold|with|without|crosses|from|for|by|keep|log|on|to|in|over|of|if|then|else|and|or|not)\b)"
)

DECLARATIONS = (
    "function", "network", "neuron", "surrogate", "sweep", "synapse", "task", "use",
)
RESERVED = (
    "and", "else", "if", "in", "not", "of", "or", "over", "spike", "then",
)
CONTEXTUAL = (
    "also", "as", "batch", "best", "by", "carry", "checkpoint", "clip", "connect", "crosses", "current", "data", "delay", "deliver", "drive", "dropout", "emit", "epochs", "every", "exact", "expect", "feed", "for", "freeze", "from", "hold", "input", "integrate", "keep", "learn", "learnable", "let", "log", "loss", "modulator", "next", "no", "on", "optimise", "param", "part", "pattern", "per", "persistent", "plasticity", "plot", "population", "probability", "record", "refractory", "replace", "rule", "run", "schedule", "score", "seed", "seeds", "sign", "signal", "spikes", "start", "state", "step", "trace", "update", "validate", "weight", "when", "where", "with", "without",
)


class SnnLexer(RegexLexer):
    """.snn files: neurons as equations, networks, tasks."""

    name = "SNN"
    aliases = ["snn"]
    filenames = ["*.snn"]

    tokens = {
        "root": [
            (r"\s+", Text),
            (r"///(?!/).*?$", String.Doc),
            (r"//.*?$", Comment.Single),
            (r'"(?:\\[nt"\\]|[^"\\\n])*"?', String.Double),
            (r"(d)(" + NAME + r")(\s*)(/)(\s*)(dt)\b",
             bygroups(Operator.Word, Name.Variable, Text, Operator, Text, Name.Builtin)),
            (r"([0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?)([ \t]*)(%|" + AFTER_NUMBER + UNIT + r")",
             bygroups(Number, Text, Keyword.Type)),
            (r"[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?", Number),
            (r"\b(max|min|sum|mean|last|first|integral)(\s+)(over)(\s+)(time|units|samples|synapses|pre|post)\b",
             bygroups(Name.Function, Text, Keyword, Text, Name.Constant)),
            (r"(?<![\w.])(" + "|".join(DECLARATIONS) + r")(\s+)(" + NAME + ")",
             bygroups(Keyword.Declaration, Text, Name.Class)),
            (r"\b(t|dt|pi|xi|true|false)\b", Name.Builtin),
            (words(RESERVED, prefix=r"\b", suffix=r"\b"), Keyword),
            (words(CONTEXTUAL, prefix=r"(?<![\w.])", suffix=r"(?!\w)(?!\s*[=.(](?!=))"), Keyword),
            (NAME + r"(?=\()", Name.Function),
            (NAME, Name),
            (r"->|=~|\+-|\+=|-=|\*=|/=|==|!=|<=|>=|\.\.<|\.\.|[-+*/^<>=~?']", Operator),
            (r"[{}()\[\],;:.%]", Punctuation),
        ]
    }
