// Where the files are that a command works on: the same two options everywhere.

/** @type {Array<[string, string]>} */
const PLACE = [
  [
    '--dir <folder>',
    "folder of the block files (default: SHARDED_DIR, else 'data' beside the generated folder)",
  ],
  ['--generated <folder>', 'folder of the manifest (default: prisma/blocks/generated, here or above)'],
]

/** As the API takes them. @param {{dir?: string, generated?: string}} flags */
const placeOf = ({ dir, generated }) => ({
  ...(dir === undefined ? {} : { dir }),
  ...(generated === undefined ? {} : { generated }),
})

module.exports = { PLACE, placeOf }
