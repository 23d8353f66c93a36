#!/usr/bin/env node
// Stands in for the native compiler, so that forge compiles with solc-js and downloads nothing.
const { readFileSync } = require('node:fs')
const solc = require('solc')

const mode = process.argv.slice(2)
if (mode.includes('--version')) {
  // solc-js calls itself Emscripten.clang; forge reads only the spelling of a native build.
  const version = solc.version().replace(/\.Emscripten\.clang.*/, '.Linux.g++')
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`)
} else if (mode.includes('--help')) {
  console.log('--standard-json --base-path --include-path --allow-paths')
} else if (mode.includes('--standard-json')) {
  const read = (path) => {
    try {
      return { contents: readFileSync(path, 'utf8') }
    } catch (error) {
      return { error: String(error) }
    }
  }
  process.stdout.write(solc.compile(readFileSync(0, 'utf8'), { import: read }))
} else {
  console.error(`solc.cjs: wanted --version or --standard-json, found ${mode.join(' ')}`)
  process.exitCode = 2
}
