const { median, percentile, spread } = require('../benches/stats')

describe('the statistics of the bench', () => {
  test('a percentile is one of the measured values, by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i)
    expect(percentile(values, 50)).toBe(100)
    expect(percentile(values, 99)).toBe(198)
    expect(percentile(values, 100)).toBe(200)
    expect(percentile([7], 1)).toBe(7)
  })

  test('numbers are ordered as numbers', () => {
    expect(percentile([10, 9, 100], 50)).toBe(10)
    expect(median([10, 9, 100])).toBe(10)
  })

  test('the median of an even number of rounds lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  test('the spread keeps the extremes and leaves its input alone', () => {
    const rounds = [3, 1, 2]
    expect(spread(rounds)).toEqual({ median: 2, min: 1, max: 3 })
    expect(rounds).toEqual([3, 1, 2])
  })

  test('no values are an error, not NaN', () => {
    expect(() => percentile([], 50)).toThrow('percentile of no values')
    expect(() => median([])).toThrow('median of no values')
  })
})
