#!/usr/bin/env node

// The package's one executable. Prisma starts it too, without arguments, for a `generator sharded` block.

const isGenerator = process.env.PRISMA_GENERATOR_INVOCATION !== undefined && process.argv.length === 2

if (isGenerator) {
  require('../generate/generator.js').serve()
} else {
  require('./program.js').main(process.argv)
}
