const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { generatePrisma, generateSharded } = require('../examples/demo/generate')
const { runWorkload } = require('./cells')
const { checkFloors } = require('./floors')
const { describeMachine, measureDisk, medianDisk } = require('./machine')
const { HELP, parseOptions } = require('./options')
const { startPostgres } = require('./postgres')
const { toMarkdown } = require('./report')

const WORK = path.join(__dirname, '.work')
const SCHEMAS = path.join(__dirname, 'schema')

/** Progress, kept out of the report. @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`)

/**
 * The two PrismaClients and the block template that the cells load.
 * @param {string} work
 * @param {boolean} sharded
 */
async function generateFolders(work, sharded) {
  const [postgres, sqlite] = [path.join(work, 'postgres'), path.join(work, 'sqlite')]
  await generatePrisma(postgres, path.join(SCHEMAS, 'postgres.prisma'))
  await generatePrisma(sqlite, path.join(SCHEMAS, 'sqlite.prisma'))
  return {
    postgresClient: path.join(postgres, 'postgres-client'),
    sqliteClient: path.join(sqlite, 'sqlite-client'),
    generated: sharded ? await generateSharded(postgres) : '',
  }
}

/** @param {import('./workloads').Workload} workload @param {import('./adapters').Adapter[]} adapters */
const takingPart = (workload, adapters) =>
  adapters.filter(({ name, only }) =>
    only ? only.includes(workload.name) : (workload.adapters?.includes(name) ?? true),
  )

/**
 * @param {ReturnType<typeof parseOptions>} options
 * @param {import('./cells').Environment} environment
 */
async function runAll(options, environment) {
  const cells = []
  const disks = [await measureDisk(environment.dir)]
  for (const workload of options.workloads) {
    const adapters = takingPart(workload, options.adapters)
    if (adapters.length === 0) continue
    const start = performance.now()
    cells.push(...(await runWorkload(workload, adapters, environment, options, say)))
    disks.push(await measureDisk(environment.dir))
    say(
      `${workload.title}: ${adapters.length} adapters, ${((performance.now() - start) / 1_000).toFixed(1)} s`,
    )
  }
  return { cells, machine: { ...describeMachine(), ...medianDisk(disks) } }
}

/** @param {ReturnType<typeof parseOptions>} options @param {import('./cells').Environment} environment */
async function runSections({ sections }, environment) {
  const done = []
  for (const { name, title, run } of sections) {
    done.push({ name, title, ...(await run(environment)) })
    say(title)
  }
  return done
}

/** @param {ReturnType<typeof parseOptions>} options @param {(undo: () => Promise<unknown>) => void} onExit */
async function bench(options, onExit) {
  await fs.mkdir(WORK, { recursive: true })
  const work = await fs.mkdtemp(path.join(WORK, 'run-'))
  onExit(() => fs.rm(work, { recursive: true, force: true }))
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'sharded-bench-'))
  onExit(() => fs.rm(dir, { recursive: true, force: true }))
  const folders = await generateFolders(
    work,
    options.sections.length > 0 || options.adapters.some(({ block }) => block),
  )
  const postgres = await startPostgres()
  onExit(() => postgres.stop())
  const environment = { dir, postgres, folders }
  const { cells, machine } = await runAll(options, environment)
  const sections = await runSections(options, environment)
  const { workloads, adapters, rounds } = options
  const run = { workloads, adapters, cells, machine, sections, postgresVersion: postgres.version, rounds }
  return { ...run, floors: checkFloors(run) }
}

/** @param {ReturnType<typeof parseOptions>} options */
async function main(options) {
  if (options.help) return console.log(HELP)
  /** @type {(() => Promise<unknown>)[]} */
  const undo = []
  try {
    const run = await bench(options, (step) => undo.push(step))
    const { machine, postgresVersion, cells, sections, floors } = run
    const report = options.json
      ? `${JSON.stringify({ machine, postgresVersion, cells, sections, floors }, null, 2)}\n`
      : toMarkdown(run)
    if (options.out) await fs.writeFile(options.out, report)
    process.stdout.write(report)
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** A wrong option is one line; anything later is an error with its stack. */
function readOptions() {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(/** @type {Error} */ (error).message)
    process.exit(1)
  }
}

main(readOptions()).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
