const { checkFloors } = require('../benches/floors')
const { parseOptions } = require('../benches/options')
const { SHAPES, shapeArgs, shapeQuery } = require('../benches/shapes')

const names = (args) => parseOptions(args).workloads.map(({ name }) => name)

describe('the groups of the bench', () => {
  test('without a name everything runs', () => {
    expect(names([])).toEqual(
      expect.arrayContaining(['findUnique', 'update', 'open', 'tree', 'shape-memory']),
    )
  })

  test('a group holds its workloads, `include` is in both', () => {
    expect(names(['core'])).toContain('include')
    expect(names(['core'])).not.toContain('tree')
    expect(names(['read'])).toEqual([
      'include',
      'tree',
      'related',
      'some',
      'aggregate',
      'groupBy',
      'shape-new',
      'shape-again',
      'compile',
      'shape-memory',
    ])
  })

  test('workloads are chosen within the groups; an unknown name is an error', () => {
    expect(names(['read', '--workloads', 'tree'])).toEqual(['tree'])
    expect(() => parseOptions(['read', '--workloads', 'update'])).toThrow("no 'update' among")
    expect(() => parseOptions(['reads'])).toThrow("no group 'reads' among core, read")
  })
})

describe('floors', () => {
  const machine = { threadSyncUs: 1 }
  const p50 = (median) => ({ median, min: median, max: median })
  const cell = (adapter, median, more) => ({ adapter, workload: 'aggregate', p50: p50(median), ...more })
  const floor = (cells) =>
    checkFloors({ cells, machine, sections: [] }).find(({ text }) =>
      text.startsWith("aggregate over 100,000 rows ÷ better-sqlite3 with a person's SQL"),
    )

  test('compare with a peer of the same run', () => {
    const peer = cell('better-sqlite3', 20)
    expect(floor([cell('sharded-full', 10), peer])).toMatchObject({ value: 0.5, met: true })
    expect(floor([cell('sharded-full', 30), peer])).toMatchObject({ value: 1.5, met: false })
    expect(floor([cell('sharded-full', 30)])).toMatchObject({ value: undefined, met: undefined })
  })

  test('a read that the main database answered meets none', () => {
    const cells = [cell('sharded-full', 10, { forwarded: true }), cell('better-sqlite3', 20)]
    expect(floor(cells).met).toBeUndefined()
  })
})

test('the shapes differ, and their two spellings are one call', () => {
  const all = Array.from({ length: 45_000 }, (_, n) => JSON.stringify(shapeQuery(n)))
  expect(new Set(all).size).toBe(all.length)
  expect(SHAPES).toBeGreaterThan(all.length)
  const { query } = shapeQuery(7)
  const { select, ...args } = shapeArgs(7)
  expect(args).toEqual(query.arguments)
  expect(Object.keys(select)).toEqual(Object.keys(query.selection))
})
