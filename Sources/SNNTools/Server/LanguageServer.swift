import SNN
import SNNSyntax

/// The language server's engine (Language Server Protocol 3.17): a message in, messages out. It reads other files
/// through `read` only.
public struct LanguageServer {
  private let read: (String) -> [UInt8]?
  private var open: [String: Analysis] = [:]
  private var isShutDown = false
  /// Set when the client says `exit`: the status to end with.
  public private(set) var exitStatus: Int32?

  public init(read: @escaping (String) -> [UInt8]?) { self.read = read }

  public mutating func handle(_ message: JSON) -> [JSON] {
    guard let method = message["method"]?.string else {
      // An answer of the client's is no fault; what is no message is.
      return message["result"] != nil || message["error"] != nil
        ? [] : [Self.failure(.null, -32700, "the message is no JSON-RPC")]
    }
    let parameters = message["params"] ?? .null
    guard let id = message["id"] else { return notified(method, parameters) }
    if isShutDown { return [Self.failure(id, -32600, "the server is shut down")] }
    guard let answer = answer(method, parameters) else {
      return [Self.failure(id, -32601, "there is no method \(method)")]
    }
    switch answer {
    case .result(let result): return [.object(["jsonrpc": "2.0", "id": id, "result": result])]
    case .refused(let reason): return [Self.failure(id, -32803, reason)]
    }
  }

  enum Answer {
    case result(JSON)
    case refused(String)
  }

  private static func failure(_ id: JSON, _ code: Int, _ text: String) -> JSON {
    .object(["jsonrpc": "2.0", "id": id, "error": .object(["code": .integer(code), "message": .string(text)])])
  }

  // MARK: Documents

  private mutating func notified(_ method: String, _ parameters: JSON) -> [JSON] {
    let uri = parameters["textDocument"]?["uri"]?.string ?? ""
    switch method {
    case "exit": exitStatus = isShutDown ? 0 : 1
    case "textDocument/didOpen":
      return update(uri, parameters["textDocument"]?["text"]?.string ?? "", reusing: nil)
    case "textDocument/didChange":
      guard let old = open[uri] else { return [] }
      var bytes = old.source.utf8
      for change in parameters["contentChanges"]?.items ?? [] {
        let new = Array((change["text"]?.string ?? "").utf8)
        guard let range = change["range"] else {
          bytes = new
          continue
        }
        let starts = SourceFile(id: FileID(0), name: "", utf8: bytes).lineStarts
        let lower = Analysis.offset(range["start"], in: bytes, lineStarts: starts)
        let upper = Analysis.offset(range["end"], in: bytes, lineStarts: starts)
        bytes.replaceSubrange(lower..<max(lower, upper), with: new)
      }
      return update(uri, String(decoding: bytes, as: UTF8.self), reusing: old.program)
    case "textDocument/didSave":
      // Other files may have changed on the disk meanwhile.
      guard let old = open[uri] else { return [] }
      return update(uri, old.text, reusing: nil)
    case "textDocument/didClose":
      open[uri] = nil
      return [Self.publication(uri, .array([]))]
    default: break
    }
    return []
  }

  private mutating func update(_ uri: String, _ text: String, reusing previous: Program?) -> [JSON] {
    let analysis = Analysis(uri: uri, text: text, previous: previous, read: read)
    open[uri] = analysis
    return [Self.publication(uri, analysis.diagnostics)]
  }

  private static func publication(_ uri: String, _ diagnostics: JSON) -> JSON {
    .object([
      "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics",
      "params": .object(["uri": .string(uri), "diagnostics": diagnostics]),
    ])
  }

  // MARK: Requests

  private mutating func answer(_ method: String, _ parameters: JSON) -> Answer? {
    switch method {
    case "initialize": return .result(Self.capabilities)
    case "shutdown":
      isShutDown = true
      return .result(.null)
    default: break
    }
    guard method.hasPrefix("textDocument/") else { return nil }
    guard let analysis = open[parameters["textDocument"]?["uri"]?.string ?? ""] else {
      return Self.methods.contains(method) ? .refused("the file is not open") : nil
    }
    let offset = analysis.offset(parameters["position"])
    switch method {
    case "textDocument/hover": return .result(analysis.hover(offset))
    case "textDocument/completion": return .result(analysis.completion(offset))
    case "textDocument/definition": return .result(analysis.definition(offset))
    case "textDocument/references":
      let withDeclaration = parameters["context"]?["includeDeclaration"]?.isTrue ?? true
      return .result(analysis.references(offset, withDeclaration: withDeclaration))
    case "textDocument/documentHighlight": return .result(analysis.highlights(offset))
    case "textDocument/prepareRename": return .result(analysis.renamable(offset) ?? .null)
    case "textDocument/rename": return analysis.rename(offset, to: parameters["newName"]?.string ?? "")
    case "textDocument/signatureHelp": return .result(analysis.signatureHelp(offset))
    case "textDocument/codeAction": return .result(analysis.actions(parameters["range"]))
    case "textDocument/inlayHint": return .result(analysis.inlayHints(parameters["range"]))
    case "textDocument/documentSymbol": return .result(analysis.symbols)
    case "textDocument/foldingRange": return .result(analysis.folds)
    case "textDocument/semanticTokens/full": return .result(analysis.semanticTokens)
    case "textDocument/formatting": return .result(analysis.formatting)
    default: return nil
    }
  }

  private static let methods: Set<String> = [
    "textDocument/hover", "textDocument/completion", "textDocument/definition", "textDocument/references",
    "textDocument/documentHighlight", "textDocument/prepareRename", "textDocument/rename", "textDocument/signatureHelp",
    "textDocument/codeAction", "textDocument/inlayHint", "textDocument/documentSymbol", "textDocument/foldingRange",
    "textDocument/semanticTokens/full", "textDocument/formatting",
  ]

  private static let capabilities: JSON = {
    let types = JSON.array(SemanticTokens.types.map(JSON.string)).text
    let modifiers = JSON.array(SemanticTokens.modifiers.map(JSON.string)).text
    let text = """
      {"capabilities":{"positionEncoding":"utf-16",
      "textDocumentSync":{"openClose":true,"change":2,"save":true},
      "hoverProvider":true,"definitionProvider":true,"referencesProvider":true,"documentHighlightProvider":true,
      "renameProvider":{"prepareProvider":true},
      "completionProvider":{"triggerCharacters":["."," ","\\\\"]},
      "signatureHelpProvider":{"triggerCharacters":["(",","]},
      "codeActionProvider":{"codeActionKinds":["quickfix"]},"inlayHintProvider":true,
      "documentSymbolProvider":true,"foldingRangeProvider":true,"documentFormattingProvider":true,
      "semanticTokensProvider":{"legend":{"tokenTypes":\(types),"tokenModifiers":\(modifiers)},"full":true}},
      "serverInfo":{"name":"snn","version":"\(SNNVersion.current)"}}
      """
    return JSON(text) ?? .null
  }()
}
