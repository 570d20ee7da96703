// Units. Whether a word after a number is one is a matter of a table and of the line's end, which no regular expression
// of the grammar can see: `10 m` has a unit, `0.5 per unit` and the `S` of the next line have none.

#include <string.h>
#include <tree_sitter/parser.h>

enum { UNIT };

static const char *const PREFIXABLE[] = {"s", "m", "g", "A", "K", "mol", "cd", "V", "Ohm", "O", "S", "F", "C", "Hz", "M",
                                         "J", "W", "L"};
static const char PREFIXES[] = "fpnumckMG";

static bool is_base(const char *name) {
  for (unsigned i = 0; i < sizeof PREFIXABLE / sizeof *PREFIXABLE; i++) {
    if (strcmp(name, PREFIXABLE[i]) == 0) return true;
  }
  return false;
}

static bool is_unit(const char *name) {
  return is_base(name) || strcmp(name, "degC") == 0 || (strchr(PREFIXES, *name) && is_base(name + 1));
}

static bool is_letter(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c > 127;
}

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

// One letter stands for those that are written in two ways: u for micro, O for the sign of ohm, which no other unit has.
static char ascii(int32_t c) {
  if (c == 0xB5 || c == 0x3BC) return 'u';
  if (c == 0x2126 || c == 0x3A9) return 'O';
  return c > 127 ? '?' : (char)c;
}

// A name of the table with its exponent; the token ends behind it.
static bool factor(TSLexer *lexer) {
  char name[8];
  unsigned length = 0;
  if (!is_letter(lexer->lookahead)) return false;
  while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead)) {
    if (length + 1 == sizeof name) return false;
    name[length++] = ascii(lexer->lookahead);
    lexer->advance(lexer, false);
  }
  name[length] = 0;
  if (!is_unit(name)) return false;
  lexer->mark_end(lexer);
  if (lexer->lookahead == '^') {
    lexer->advance(lexer, false);
    if (lexer->lookahead == '-') lexer->advance(lexer, false);
    if (is_digit(lexer->lookahead)) {
      while (is_digit(lexer->lookahead)) lexer->advance(lexer, false);
      lexer->mark_end(lexer);
    }
  }
  return true;
}

void *tree_sitter_snn_external_scanner_create(void) { return NULL; }
void tree_sitter_snn_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_snn_external_scanner_serialize(void *payload, char *buffer) { return 0; }
void tree_sitter_snn_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {}

bool tree_sitter_snn_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  if (!valid[UNIT]) return false;
  while (lexer->lookahead == ' ' || lexer->lookahead == '\t') lexer->advance(lexer, true);
  if (lexer->lookahead == '/') lexer->advance(lexer, false);
  if (!factor(lexer)) return false;
  while (lexer->lookahead == '*' || lexer->lookahead == '/') {
    lexer->advance(lexer, false);
    if (!factor(lexer)) break;
  }
  lexer->result_symbol = UNIT;
  return true;
}
