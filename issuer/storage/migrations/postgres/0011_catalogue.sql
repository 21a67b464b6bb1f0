-- Described in the thirteenth step of `sqlite`.

ALTER TABLE apis ADD COLUMN title TEXT;
ALTER TABLE apis ADD COLUMN description TEXT;
ALTER TABLE apis ADD COLUMN tags TEXT;

CREATE TABLE api_documents (
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES apis (name, version) ON DELETE CASCADE
);

DROP TRIGGER apis_change ON apis;
CREATE TRIGGER apis_change AFTER INSERT OR DELETE ON apis FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER apis_update AFTER UPDATE ON apis FOR EACH ROW
WHEN (OLD.document IS DISTINCT FROM NEW.document) EXECUTE FUNCTION count_revision();
