-- `createdAt` has no type of its own in SQLite: each library stores what it stores by default
-- (Prisma's adapter ISO text, the others milliseconds).

CREATE TABLE "User" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "email" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "age" INTEGER NOT NULL,
  "createdAt" DATETIME NOT NULL
);

CREATE TABLE "Post" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "userId" INTEGER NOT NULL,
  "title" TEXT NOT NULL,
  "score" INTEGER NOT NULL,
  "createdAt" DATETIME NOT NULL,
  CONSTRAINT "Post_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE INDEX "Post_userId_idx" ON "Post"("userId");
CREATE INDEX "Post_createdAt_idx" ON "Post"("createdAt");
