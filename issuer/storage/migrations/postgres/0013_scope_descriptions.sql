-- Described in the fifteenth step of `sqlite`.

ALTER TABLE scopes ADD COLUMN description TEXT;
ALTER TABLE apis ADD COLUMN scope_descriptions TEXT;
