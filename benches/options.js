const { parseArgs } = require('node:util')
const { ADAPTERS } = require('./adapters')
const { SECTIONS } = require('./sections')
const { WORKLOADS, groupsOf } = require('./workloads')

const GROUPS = [...new Set(WORKLOADS.flatMap(groupsOf)), ...SECTIONS.map(({ name }) => name)]

const HELP = `npm run bench -- [group …] [options]

  groups             ${GROUPS.join(', ')} (default all)

  --workloads <a,b>  ${WORKLOADS.map(({ name }) => name).join(', ')}
  --adapters <a,b>   ${ADAPTERS.map(({ name }) => name).join(', ')}
  --rounds <n>       interleaved rounds per cell (default 5)
  --seconds <s>      longest time of one round   (default 0.3)
  --out <file>       writes the report there as well
  --json             prints the numbers as JSON instead of Markdown
  --help

POSTGRES_URL names the server (default postgres://postgres@127.0.0.1:5432/postgres);
the bench makes databases of its own there and drops them.`

/**
 * @template {{ name: string }} T
 * @param {string} flag
 * @param {string | undefined} text
 * @param {T[]} all
 */
function chosen(flag, text, all) {
  if (text === undefined) return all
  const names = text.split(',')
  const known = all.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`--${flag}: no '${unknown}' among ${known.join(', ')}`)
  return all.filter(({ name }) => names.includes(name))
}

/** What the named groups hold; all of it without a name. @param {string[]} groups */
function grouped(groups) {
  const unknown = groups.find((name) => !GROUPS.includes(name))
  if (unknown !== undefined) throw new Error(`no group '${unknown}' among ${GROUPS.join(', ')}`)
  if (groups.length === 0) return { workloads: WORKLOADS, sections: SECTIONS }
  return {
    workloads: WORKLOADS.filter((workload) => groupsOf(workload).some((name) => groups.includes(name))),
    sections: SECTIONS.filter(({ name }) => groups.includes(name)),
  }
}

/**
 * @param {string} flag
 * @param {string} text
 */
function positive(flag, text) {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${flag}: expected a number above 0, got '${text}'`)
  return value
}

/** @param {string[]} args */
function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      workloads: { type: 'string' },
      adapters: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0.3' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { workloads, sections } = grouped(positionals)
  return {
    workloads: chosen('workloads', values.workloads, workloads),
    // Who names workloads wants those alone.
    sections: values.workloads === undefined ? sections : [],
    adapters: chosen('adapters', values.adapters, ADAPTERS),
    rounds: Math.ceil(positive('rounds', values.rounds)),
    seconds: positive('seconds', values.seconds),
    out: values.out,
    json: values.json,
    help: values.help,
  }
}

module.exports = { HELP, parseOptions }
