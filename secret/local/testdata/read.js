// Prints as JSON what a reader makes of a dotenv file:
//   node read.js dotenv FILE | node read.js expand FILE | node read.js next FOLDER
// and, started as `node --env-file=FILE read.js node`, what node itself does.
const fs = require('fs')
const [reader, path] = process.argv.slice(2)

if (reader === 'dotenv') {
  print(require('dotenv').parse(fs.readFileSync(path)))
} else if (reader === 'expand') {
  const parsed = require('dotenv').parse(fs.readFileSync(path))
  print(require('dotenv-expand').expand({ parsed, processEnv: {} }).parsed)
} else if (reader === 'next') {
  const quiet = { info: () => {}, error: () => {} }
  require('@next/env').loadEnvConfig(path, true, quiet)
  print(process.env)
} else {
  print(process.env)
}

function print (values) { process.stdout.write(JSON.stringify(values)) }
