-- What people read about a scope: what an administrator says, and what the APIs' documents say, a JSON object by scope. NULL means nothing.
ALTER TABLE scopes ADD COLUMN description TEXT;
ALTER TABLE apis ADD COLUMN scope_descriptions TEXT;
