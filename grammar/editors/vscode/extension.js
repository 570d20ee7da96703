// Starts `snn lsp` for .snn files.
const { workspace } = require('vscode')
const { LanguageClient } = require('vscode-languageclient/node')

let client

function activate() {
  const command = workspace.getConfiguration('snn').get('command', 'snn')
  client = new LanguageClient(
    'snn', 'snn', { command, args: ['lsp'] }, { documentSelector: [{ language: 'snn' }] })
  return client.start()
}

function deactivate() {
  return client ? client.stop() : undefined
}

module.exports = { activate, deactivate }
