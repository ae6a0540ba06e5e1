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

CREATE TABLE "Author" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "country" TEXT NOT NULL
);

CREATE TABLE "Article" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "authorId" INTEGER NOT NULL,
  "title" TEXT NOT NULL,
  "topic" TEXT NOT NULL,
  "score" INTEGER NOT NULL,
  "views" INTEGER NOT NULL,
  "createdAt" DATETIME NOT NULL,
  CONSTRAINT "Article_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "Author"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "Comment" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "articleId" INTEGER NOT NULL,
  "text" TEXT NOT NULL,
  CONSTRAINT "Comment_articleId_fkey" FOREIGN KEY ("articleId") REFERENCES "Article"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE INDEX "Article_authorId_idx" ON "Article"("authorId");
CREATE INDEX "Comment_articleId_idx" ON "Comment"("articleId");
