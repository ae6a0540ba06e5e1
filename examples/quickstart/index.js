const { PrismaPg } = require('@prisma/adapter-pg')
const { PrismaClient } = require('@prisma/client')
const { Block } = require('sharded')

const connectionString = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/quickstart'
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) })

async function openChat(id) {
  const loader = async (block, main) => {
    const chat = await main.chat.findUniqueOrThrow({ where: { id }, include: { messages: true } })
    await block.chat.create({ data: chat })
  }
  return Block.create({ blockId: `chat-${id}`, client: prisma, loader })
}

async function main() {
  const { id } = await prisma.chat.create({ data: { title: 'Lunch' } })
  const db = await openChat(id)
  await db.message.create({ data: { chatId: id, content: 'Noodles at noon?' } }) // committed here, on its way to PostgreSQL
  console.log(await db.chat.findUnique({ where: { id }, include: { messages: true } })) // no network
  await db.$block.flush() // PostgreSQL has it now
  console.log(await prisma.message.findMany({ where: { chatId: id } }))
  await db.$disconnect()
  await prisma.$disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
