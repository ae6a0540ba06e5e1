// Trials, several side by side: each line of them has servers of its own, since its trials crash them.
const fs = require('node:fs')
const { COUNTS, CRASHES, codeVersion } = require('./ledger')
const { makePlan } = require('./plan')
const { startServers } = require('./servers')
const { Trial } = require('./trial')
const { crashApp } = require('./world')

/**
 * @typedef {object} Options
 * @property {number} trials
 * @property {number} seed the first; 0: the first that the ledger does not have
 * @property {import('./plan').Queue} queue
 * @property {number} jobs
 * @property {boolean} ledger
 * @property {(line: string) => void} say
 */

/** @param {import('./plan').Plan} plan @param {import('./trial').Result} result @param {(line: string) => void} say */
function tell(plan, { findings, dir }, say) {
  say(`seed ${plan.seed}, queue ${plan.queue}: ${findings.length} findings; its files are in ${dir}`)
  say(`plan ${JSON.stringify(plan)}`)
  for (const { what, text } of findings) say(`  ${what}: ${text}`)
}

/** @param {Options} options @returns {Promise<{findings: number, sums: Record<string, number>}>} */
async function crash({ trials, seed: first, queue, jobs, ledger, say }) {
  const code = codeVersion()
  const app = crashApp()
  const from = first || CRASHES.nextSeed(`postgresql ${queue}`)
  const sums = Object.fromEntries([...COUNTS, 'findings', 'ms'].map((name) => [name, 0]))
  let next = from
  let findings = 0
  const line = async () => {
    const servers = await startServers(queue)
    try {
      while (next < from + trials) {
        const plan = makePlan(next++, queue)
        const began = Date.now()
        const trial = new Trial(app, servers, plan)
        const result = await trial.run()
        const faults = plan.phases.reduce((sum, phase) => sum + phase.faults.length, 0)
        const count = { ...result.count, trials: 1, faults }
        findings += result.findings.length
        for (const name of COUNTS) sums[name] += /** @type {Record<string, number>} */ (count)[name] ?? 0
        say(
          `seed ${plan.seed}: ${Date.now() - began} ms, ${result.count.acknowledged} acknowledged, ${result.findings.length} findings`,
        )
        if (result.findings.length > 0) tell(plan, result, say)
        else fs.rmSync(result.dir, { recursive: true, force: true })
        if (ledger)
          await CRASHES.add(`postgresql ${queue}`, code, {
            seed: plan.seed,
            differences: result.findings.length,
            count,
          })
      }
    } finally {
      await servers.remove()
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, trials) }, line))
  return { findings, sums }
}

module.exports = { crash }
