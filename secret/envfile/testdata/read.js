// Reads texts from stdin, a JSON list, and prints what dotenv and node make of
// each, as a list of names and values. Node's own parser is that of --env-file.
const { parseEnv } = require('util')
const { parse } = require('dotenv')

const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const list = read => texts.map(text => {
  try { return { values: Object.entries(read(text)) } } catch { return { refused: true } }
})
process.stdout.write(JSON.stringify({ dotenv: list(text => parse(Buffer.from(text))), node: list(parseEnv) }))
