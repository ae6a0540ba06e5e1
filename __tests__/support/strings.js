// Random strings of the kinds that collations disagree about, from a printed seed.

/** @param {number} seed @returns {(below: number) => number} */
function random(seed) {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

/** First and last code point of letters that meet in one text. */
const SCRIPTS = [
  [0x20, 0x7e],
  [0x41, 0x5a],
  [0x61, 0x7a],
  [0x30, 0x39],
  [0xa0, 0x24f],
  [0x370, 0x3ff],
  [0x400, 0x45f],
  [0x5d0, 0x5ea],
  [0x3041, 0x30ff],
  [0xac00, 0xac40],
  [0x1f600, 0x1f640],
]

/** Beyond what the block trusts itself with: combining sequences, Han, curly quotes, private use. */
const ODD = [
  '\u0301',
  '\u0323\u0301',
  '日本',
  '\u2019',
  'Ⅷ',
  '\ue000',
  '\u{10ffff}',
  '㐀',
  '\u00ad',
  'ﬁ',
  'ß',
  'ẞ',
  'Đ',
  'ı',
]

/**
 * @param {number} seed @param {number} count
 * @param {{odd?: boolean}} [options]
 * @returns {string[]} distinct texts, many of them alike but for case, accent, punctuation or trailing space
 */
function randomStrings(seed, count, { odd = false } = {}) {
  const below = random(seed)
  const one = () => {
    const [first, last] = SCRIPTS[below(SCRIPTS.length)]
    let text = ''
    for (let i = below(6); i >= 0; i--) {
      text +=
        odd && below(4) === 0 ? ODD[below(ODD.length)] : String.fromCodePoint(first + below(last - first + 1))
    }
    return text
  }
  const texts = new Set([
    '',
    ' ',
    'a',
    'A',
    'á',
    'Á',
    'ä',
    'z',
    'Z',
    'å',
    'a b',
    'ab',
    'a-b',
    'co-op',
    'coop',
    '10',
    '9',
  ])
  while (texts.size < count) {
    const text = one()
    for (const like of [text, text.toUpperCase(), text.toLowerCase(), `${text} `, text.normalize('NFD')]) {
      if (odd || !/[\p{Cn}\p{M}\u1100-\u11ff]/u.test(like)) texts.add(like)
    }
  }
  return [...texts].slice(0, count)
}

module.exports = { random, randomStrings }
