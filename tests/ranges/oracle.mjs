// What npm's semver says of ranges, for the tests of the resolver's node dialect.
//
//   node oracle.mjs --record > ../../host/resolver/src/range/tests/node.json   writes the recorded answers; --record 60000: so many
//   node oracle.mjs --check  ../../host/resolver/src/range/tests/node.json     compares them with the library that is installed
//
// An answer: for each range null if it is refused, else one bit for each version, in hex digits, the lowest bit of a digit first.
// minVersion and intersects are no oracles: minVersion(">0.0.0-alpha.0") is 0.0.0 there, and of "~1||0.2.1 - 0.0" it says that there is none.
// `npm install` here gets the pinned version.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const semver = createRequire(import.meta.url)('semver')
const pinned = JSON.parse(readFileSync(new URL('package.json', import.meta.url))).dependencies.semver
const installed = createRequire(import.meta.url)('semver/package.json').version
if (installed !== pinned) throw new Error(`semver ${pinned} is pinned, ${installed} is installed`)

function answer (versions, text) {
  let range
  try { range = new semver.Range(text) } catch { return null }
  let hits = ''
  for (let i = 0; i < versions.length; i += 4) {
    let digit = 0
    for (let k = 0; k < 4 && i + k < versions.length; k++) if (range.test(versions[i + k])) digit |= 1 << k
    hits += digit.toString(16)
  }
  return hits
}

// A small generator with a fixed seed: everything that the grammar joins, and texts that are nearly right.
let state = 20261121
const below = n => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor(state / 2 ** 32 * n) }
const of = list => list[below(list.length)]
const number = () => of(['0', '0', '1', '1', '2', '2', '3'])
const part = () => below(60) ? (below(9) ? number() : of(['x', 'X', '*'])) : of(['9007199254740991', '9007199254740992', '01', '99999999999999999999999'])
const pre = () => below(25) ? of(['alpha', 'beta', '0', '1', 'alpha.0', 'alpha.1', 'rc-1', 'x']) : of(['01', '', 'a..b', 'é'])
const version = () => {
  const parts = [part()]
  for (const chance of [8, 4]) if (parts.length === 1 + (chance === 4) && below(chance)) parts.push(part())
  if (below(6)) { const hole = parts.findIndex(p => /[xX*]/.test(p)); if (hole >= 0) parts.splice(hole + 1) }
  let v = parts.join('.')
  if (parts.length === 3 && !below(3)) v += '-' + pre()
  if (!below(20)) v += below(4) ? of(['+b', '+b.1']) : of(['+', '+b..c'])
  return below(14) ? v : of(['v', 'v', 'v', 'v', 'v', 'v', '=', 'v=', 'vv', '==', ' v', '= ']) + v
}
const operator = () => below(25) ? of(['', '', '', '^', '~', '>', '>=', '<', '<=', '=', '^', '~', '>=', '<', '~>']) : of(['==', '><', '=>', '~>=', '^=', '~ >'])
const comparator = () => operator() + (below(7) ? '' : ' ') + version()
const alternative = () => {
  if (!below(6)) return `${version()} - ${version()}`
  if (!below(30)) return of(['', ' ', '*', 'x', '>*', '<*', '>=*', '>=0.0.0', '<0.0.0-0', 'latest', '1.2.3*', '*1.2.3', '> <*1.2.3', '-', '1 -2'])
  return Array.from({ length: 1 + below(3) }, comparator).join(below(12) ? ' ' : of(['  ', '\t', ',', ', ', '']))
}
const range = () => Array.from({ length: of([1, 1, 2, 2, 3]) }, alternative).join(below(40) ? of(['||', ' || ', ' ||']) : '|')
const mutated = text => {
  if (below(9)) return text
  const at = below(text.length + 1)
  return text.slice(0, at) + of(['', '*', ' ', '>', '=', '-', '.', 'v', '1', '~', '+a', '\u00a0', '\u0085']) + text.slice(at + below(2))
}

const [mode, file] = process.argv.slice(2)
if (mode === '--record') {
  const versions = []
  for (const triple of ['0.0.0', '0.0.1', '0.0.2', '0.1.0', '0.1.1', '0.1.2', '0.2.0', '0.2.3', '1.0.0', '1.0.1', '1.1.0', '1.1.2', '1.2.0', '1.2.1', '1.2.3', '1.3.0', '2.0.0', '2.1.1', '2.2.0', '3.0.0', '3.1.2']) {
    for (const pre of ['-0', '-alpha', '-alpha.0', '-alpha.1', '-beta', '']) versions.push(triple + pre)
  }
  const count = Number(file ?? 1500)
  const ranges = new Set()
  while (ranges.size < count) ranges.add(mutated(range()))
  const lines = [...ranges].map(text => JSON.stringify([text, answer(versions, text)]))
  process.stdout.write(`{"semver":"${pinned}","versions":${JSON.stringify(versions)},\n"ranges":[\n${lines.join(',\n')}\n]}\n`)
} else if (mode === '--check') {
  const recorded = JSON.parse(readFileSync(file))
  const wrong = recorded.ranges.filter(([text, said]) => JSON.stringify(answer(recorded.versions, text)) !== JSON.stringify(said))
  for (const [text] of wrong) console.error(`differs: ${JSON.stringify(text)}`)
  console.log(`${recorded.ranges.length} ranges, ${wrong.length} differ`)
  process.exit(wrong.length ? 1 : 0)
} else {
  console.error('one of --record [COUNT], --check FILE')
  process.exit(2)
}
