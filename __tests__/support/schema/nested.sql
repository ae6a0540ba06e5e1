CREATE TABLE "Person" (
    "id" TEXT NOT NULL,
    "email" TEXT,
    "name" TEXT NOT NULL DEFAULT '-',
    "age" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "bossId" TEXT,
    "spouseId" TEXT,
    "homeId" TEXT,
    CONSTRAINT "Person_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Passport" (
    "id" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "holderId" TEXT NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Passport_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Locker" (
    "id" INTEGER NOT NULL,
    "ownerId" TEXT,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Locker_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Home" ("id" TEXT NOT NULL, "street" TEXT, CONSTRAINT "Home_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Task" (
    "id" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "done" BOOLEAN NOT NULL DEFAULT false,
    "points" INTEGER NOT NULL DEFAULT 0,
    "ownerId" TEXT NOT NULL,
    "reviewerId" TEXT,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Task_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Step" (
    "id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "taskId" INTEGER NOT NULL,
    CONSTRAINT "Step_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Tag" (
    "id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "weight" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "Tag_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Team" (
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "motto" TEXT,
    CONSTRAINT "Team_pkey" PRIMARY KEY ("region", "name")
);
CREATE TABLE "Seat" (
    "personId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "teamName" TEXT NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'member',
    CONSTRAINT "Seat_pkey" PRIMARY KEY ("personId", "region", "teamName")
);
CREATE TABLE "Badge" ("id" INTEGER NOT NULL, "region" TEXT, "teamName" TEXT, CONSTRAINT "Badge_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_Friends" ("A" TEXT NOT NULL, "B" TEXT NOT NULL, CONSTRAINT "_Friends_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE TABLE "_PersonToTag" ("A" TEXT NOT NULL, "B" TEXT NOT NULL, CONSTRAINT "_PersonToTag_AB_pkey" PRIMARY KEY ("A", "B"));
CREATE TABLE "_TagToTask" ("A" TEXT NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_TagToTask_AB_pkey" PRIMARY KEY ("A", "B"));

CREATE UNIQUE INDEX "Person_email_key" ON "Person"("email");
CREATE UNIQUE INDEX "Person_spouseId_key" ON "Person"("spouseId");
CREATE UNIQUE INDEX "Person_homeId_key" ON "Person"("homeId");
CREATE UNIQUE INDEX "Passport_number_key" ON "Passport"("number");
CREATE UNIQUE INDEX "Passport_holderId_key" ON "Passport"("holderId");
CREATE UNIQUE INDEX "Locker_ownerId_key" ON "Locker"("ownerId");
CREATE UNIQUE INDEX "Task_ownerId_title_key" ON "Task"("ownerId", "title");
CREATE UNIQUE INDEX "Tag_label_key" ON "Tag"("label");
CREATE INDEX "_Friends_B_index" ON "_Friends"("B");
CREATE INDEX "_PersonToTag_B_index" ON "_PersonToTag"("B");
CREATE INDEX "_TagToTask_B_index" ON "_TagToTask"("B");

ALTER TABLE "Person" ADD CONSTRAINT "Person_bossId_fkey" FOREIGN KEY ("bossId") REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Person" ADD CONSTRAINT "Person_spouseId_fkey" FOREIGN KEY ("spouseId") REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Person" ADD CONSTRAINT "Person_homeId_fkey" FOREIGN KEY ("homeId") REFERENCES "Home"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Passport" ADD CONSTRAINT "Passport_holderId_fkey" FOREIGN KEY ("holderId") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Locker" ADD CONSTRAINT "Locker_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Task" ADD CONSTRAINT "Task_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Task" ADD CONSTRAINT "Task_reviewerId_fkey" FOREIGN KEY ("reviewerId") REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Step" ADD CONSTRAINT "Step_taskId_fkey" FOREIGN KEY ("taskId") REFERENCES "Task"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Seat" ADD CONSTRAINT "Seat_personId_fkey" FOREIGN KEY ("personId") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Seat" ADD CONSTRAINT "Seat_region_teamName_fkey" FOREIGN KEY ("region", "teamName") REFERENCES "Team"("region", "name") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Badge" ADD CONSTRAINT "Badge_region_teamName_fkey" FOREIGN KEY ("region", "teamName") REFERENCES "Team"("region", "name") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "_Friends" ADD CONSTRAINT "_Friends_A_fkey" FOREIGN KEY ("A") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_Friends" ADD CONSTRAINT "_Friends_B_fkey" FOREIGN KEY ("B") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PersonToTag" ADD CONSTRAINT "_PersonToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PersonToTag" ADD CONSTRAINT "_PersonToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "Tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_TagToTask" ADD CONSTRAINT "_TagToTask_A_fkey" FOREIGN KEY ("A") REFERENCES "Tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_TagToTask" ADD CONSTRAINT "_TagToTask_B_fkey" FOREIGN KEY ("B") REFERENCES "Task"("id") ON DELETE CASCADE ON UPDATE CASCADE;
