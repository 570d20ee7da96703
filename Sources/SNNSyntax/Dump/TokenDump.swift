/// `--dump tokens`: one token a line with its place, kind and spelling.
public func dumpTokens(_ file: SourceFile) -> String {
  var result = ""
  for token in lex(file).0.tokens {
    let (line, column) = file.position(of: Int(token.span.lower))
    let kind = token.kind.isPunctuation ? "punctuation" : "\(token.kind)"
    result += "\(line):\(column)".padded(to: 8) + kind.padded(to: 12)
    result += token.kind == .endOfFile ? "\n" : JSONRenderer.quote(file.text(token.span)) + "\n"
  }
  return result
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
