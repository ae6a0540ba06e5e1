// Some trials of the crash harness with the queue `local`: npm run crash runs them by the thousand.
const { crash } = require('./run')

const TRIALS = 6
const LONGEST_MS = 15 * 60_000

test(
  'nothing is lost, doubled, torn or out of order',
  async () => {
    /** @type {string[]} */
    const said = []
    const say = (/** @type {string} */ line) => void said.push(line)
    const { findings, sums } = await crash({
      trials: TRIALS,
      seed: 1,
      queue: 'local',
      jobs: 3,
      ledger: false,
      say,
    })
    expect({ findings, said: findings > 0 ? said : [] }).toEqual({ findings: 0, said: [] })
    expect(sums.trials).toBe(TRIALS)
    // They did something.
    expect(sums.acknowledged).toBeGreaterThan(TRIALS * 10)
    expect(sums.rejected).toBeGreaterThan(0)
    expect(sums.unknown).toBeGreaterThan(0)
    expect(sums.faults).toBeGreaterThan(TRIALS)
  },
  LONGEST_MS,
)
