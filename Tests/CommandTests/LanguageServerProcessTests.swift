import Foundation
import SNNTools
import Testing

/// The built server over its pipes, as an editor starts it.
@Suite struct LanguageServerProcessTests {
  @Test func aSession() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: BuiltCommand.path)
    process.arguments = ["lsp", "--stdio"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.currentDirectoryURL = folder.url
    try process.run()
    var stream = MessageStream()
    func send(_ message: JSON) { input.fileHandleForWriting.write(Data(MessageStream.framed(message).utf8)) }
    func receive() -> JSON? {
      while true {
        if let message = stream.next() { return message }
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { return nil }
        stream.append(data)
      }
    }
    send(.object(["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": .object([JSON.Member]())]))
    #expect(receive()?["result"]?["serverInfo"]?["name"]?.string == "snn")
    send(.object(["jsonrpc": "2.0", "method": "initialized", "params": .object([JSON.Member]())]))
    try folder.write("neuron Used { state x = 0 mV\n dx/dt = -x / 1 ms }", "used.snn")
    let uri = "file://" + folder.url.path + "/main.snn"
    let text = "use \"used.snn\"\nnetwork N { step 1 ms; population a = Usd[2] }\n"
    send(
      .object([
        "jsonrpc": "2.0", "method": "textDocument/didOpen",
        "params": .object([
          "textDocument": .object([
            "uri": .string(uri), "languageId": "snn", "version": 1, "text": .string(text),
          ])
        ]),
      ]))
    let published = try #require(receive()?["params"])
    #expect(published["uri"]?.string == uri)
    #expect(published["diagnostics"]?[0]?["code"]?.string == "E0412" || published["diagnostics"]?.items.count == 1)
    send(.object(["jsonrpc": "2.0", "id": 2, "method": "shutdown"]))
    #expect(receive()?["id"]?.integer == 2)
    send(.object(["jsonrpc": "2.0", "method": "exit"]))
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
