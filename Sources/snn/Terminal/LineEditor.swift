import CLibEdit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Lines typed at a terminal: history, search by Ctrl-R, completion by Tab (libedit).
final class LineEditor {
  enum Line {
    case text(String)
    /// Ctrl-C.
    case cancelled
    case end
  }

  /// For a line and a count of characters before the cursor: how many of them go, and what may stand there.
  var complete: (String, Int) -> (length: Int, choices: [String]) = { _, _ in (0, []) }
  /// C strings that libedit reads while a line is edited.
  private let markText = UnsafeMutablePointer<CChar>.allocate(capacity: 32)
  private var editor = snn_editor()
  private var isCancelled = false
  private let historyPath: String?
  private let output: Output

  /// nil where the terminal cannot be edited on.
  init?(output: Output, history path: String?) {
    historyPath = path
    self.output = output
    markText.initialize(repeating: 0, count: 32)
    let client = Unmanaged.passUnretained(self).toOpaque()
    editor = snn_editor_make({ line in LineEditor.of(line)?.markText }, client)
    guard editor.line != nil else { return nil }
    snn_editor_bind(editor, "\t", "snn-complete", "complete the word") { line, _ in
      UInt8(LineEditor.of(line)?.completeWord() ?? CC_ERROR)
    }
    snn_editor_bind(editor, "^C", "snn-cancel", "leave the line") { line, _ in
      LineEditor.of(line)?.isCancelled = true
      return UInt8(CC_NEWLINE)
    }
    if let path { _ = snn_history_load(editor, path) }
  }

  deinit {
    snn_editor_end(editor)
    markText.deallocate()
  }

  private static func of(_ line: OpaquePointer?) -> LineEditor? {
    guard let line, let client = snn_client(line) else { return nil }
    return Unmanaged<LineEditor>.fromOpaque(client).takeUnretainedValue()
  }

  func read(mark: String) -> Line {
    let bytes = Array(mark.utf8.prefix(31)).map { CChar(bitPattern: $0) }
    for (place, byte) in (bytes + [0]).enumerated() { markText[place] = byte }
    isCancelled = false
    var count: Int32 = 0
    guard let characters = el_gets(editor.line, &count), count > 0 else { return isCancelled ? .cancelled : .end }
    if isCancelled {
      output.write("^C\n")
      return .cancelled
    }
    var text = String(cString: characters)
    while text.last == "\n" || text.last == "\r" { text.removeLast() }
    return .text(text)
  }

  func remember(_ text: String) {
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    snn_history_enter(editor, text)
    if let historyPath { _ = snn_history_save(editor, historyPath) }
  }

  private func completeWord() -> Int32 {
    guard let info = el_line(editor.line) else { return CC_ERROR }
    let start = info.pointee.buffer
    let length = info.pointee.cursor - (start ?? info.pointee.cursor)
    guard let start, length >= 0 else { return CC_ERROR }
    let bytes = UnsafeBufferPointer(start: start, count: length).map { UInt8(bitPattern: $0) }
    let head = String(decoding: bytes, as: UTF8.self)
    let (replaced, choices) = complete(head, head.count)
    guard !choices.isEmpty else { return CC_REFRESH_BEEP }
    let word = String(head.suffix(replaced))
    let common = Self.commonStart(choices)
    if choices.count == 1 || common.count > word.count || (common != word && choices.count == 1) {
      el_deletestr(editor.line, Int32(word.unicodeScalars.count))
      _ = el_insertstr(editor.line, common)
      return CC_REFRESH
    }
    output.write("\n" + Self.columns(choices, width: output.width) + "\n")
    return CC_REDISPLAY
  }

  private static func commonStart(_ choices: [String]) -> String {
    guard var common = choices.first else { return "" }
    for choice in choices { while !choice.hasPrefix(common) { common.removeLast() } }
    return common
  }

  private static func columns(_ choices: [String], width: Int) -> String {
    let cell = (choices.map(\.count).max() ?? 0) + 2
    let perLine = max(1, width / max(1, cell))
    return stride(from: 0, to: min(choices.count, 200), by: perLine).map { start in
      choices[start..<min(start + perLine, choices.count)].map {
        $0 + String(repeating: " ", count: cell - $0.count)
      }.joined()
    }.joined(separator: "\n")
  }
}
