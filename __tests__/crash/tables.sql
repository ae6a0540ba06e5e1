CREATE TABLE "Mark" (id TEXT PRIMARY KEY, block TEXT NOT NULL, by TEXT NOT NULL, parts INTEGER NOT NULL);
CREATE TABLE "Entry" (
  id TEXT PRIMARY KEY,
  "markId" TEXT NOT NULL REFERENCES "Mark" (id) ON DELETE CASCADE ON UPDATE CASCADE,
  code TEXT UNIQUE,
  price INTEGER NOT NULL DEFAULT 0 CHECK (price >= 0)
);
CREATE TABLE "Tally" (
  id TEXT PRIMARY KEY,
  w0 BIGINT NOT NULL DEFAULT 0, w1 BIGINT NOT NULL DEFAULT 0,
  w2 BIGINT NOT NULL DEFAULT 0, w3 BIGINT NOT NULL DEFAULT 0,
  n INTEGER NOT NULL DEFAULT 0, touched INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE "Doc" (
  id TEXT PRIMARY KEY, block TEXT NOT NULL, seq INTEGER NOT NULL DEFAULT 0,
  by TEXT NOT NULL DEFAULT '', op TEXT NOT NULL DEFAULT '', label TEXT UNIQUE, touched INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE "Flip" (
  id TEXT PRIMARY KEY, block TEXT NOT NULL, seq INTEGER NOT NULL DEFAULT 0,
  by TEXT NOT NULL DEFAULT '', op TEXT NOT NULL DEFAULT ''
);
CREATE TABLE "Ticket" (id SERIAL PRIMARY KEY, block TEXT NOT NULL, op TEXT NOT NULL UNIQUE);

-- What no block can know.
CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this code is forbidden';
END $$;
CREATE TRIGGER forbidden BEFORE INSERT ON "Entry" FOR EACH ROW WHEN (NEW.code = 'forbidden') EXECUTE FUNCTION forbid();

-- Every change of a row, in the order in which the row went through them, with its transaction and who made it.
CREATE SCHEMA audit;
CREATE TABLE audit.history (
  at BIGSERIAL PRIMARY KEY,
  xid BIGINT NOT NULL DEFAULT txid_current(),
  who TEXT NOT NULL DEFAULT current_setting('application_name'),
  model TEXT NOT NULL, kind TEXT NOT NULL, old JSONB, new JSONB
);
CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.history (model, kind, old, new) VALUES (
    TG_TABLE_NAME, TG_OP,
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
    CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
  );
  RETURN NULL;
END $$;
DO $$
DECLARE model TEXT;
BEGIN
  FOREACH model IN ARRAY ARRAY['Mark', 'Entry', 'Tally', 'Doc', 'Flip', 'Ticket'] LOOP
    EXECUTE format('CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION audit.note()', model);
  END LOOP;
END $$;
