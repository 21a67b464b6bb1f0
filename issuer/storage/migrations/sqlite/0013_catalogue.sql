-- What people read about an API: its title, its description in Markdown, and its tags, a JSON array. NULL means none.
ALTER TABLE apis ADD COLUMN title TEXT;
ALTER TABLE apis ADD COLUMN description TEXT;
ALTER TABLE apis ADD COLUMN tags TEXT;

-- The OpenAPI document that an API was imported from, compressed with zlib.
CREATE TABLE api_documents (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (name, version),
    FOREIGN KEY (name, version) REFERENCES apis (name, version) ON DELETE CASCADE
) STRICT;

-- Edges know nothing but the document, so nothing else wakes them.
DROP TRIGGER apis_update;
CREATE TRIGGER apis_update AFTER UPDATE ON apis WHEN OLD.document IS NOT NEW.document
BEGIN UPDATE revision SET number = number + 1; END;
