-- Everything belongs to a client, and the database itself keeps clients apart: each tenant table is made together
-- with its policy, so that there is no moment at which one exists without the other.
--
-- The tenant is `app.current_client_id`, set locally by each transaction; unset or empty means no rows.
-- `app.platform` = 'on', set the same way, is the host owner: it manages clients and what all clients share, and
-- gives no access to what a client owns.

CREATE FUNCTION update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE clients (
    client_id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    subscription_tier text NOT NULL DEFAULT 'basic',
    token_balance bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT clients_pkey PRIMARY KEY (client_id),
    CONSTRAINT clients_slug_key UNIQUE (slug),
    CONSTRAINT clients_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 63),
    CONSTRAINT clients_status_check CHECK (status IN ('active', 'suspended', 'inactive')),
    CONSTRAINT clients_subscription_tier_check CHECK (subscription_tier IN ('basic', 'professional', 'enterprise'))
);
CREATE TRIGGER clients_updated_at BEFORE UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- A client sees itself; only the platform makes and changes clients.
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY clients_tenant ON clients FOR SELECT
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY clients_platform ON clients
    USING ((SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK ((SELECT current_setting('app.platform', true)) = 'on');
GRANT SELECT, INSERT, UPDATE (name, status, subscription_tier, token_balance) ON clients TO assay_app;

-- An address is unique within its client, not over all clients as in docflow-ai.md: a global constraint would tell one
-- client who is a user of another.
CREATE TABLE users (
    client_id uuid NOT NULL,
    user_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (client_id, user_id),
    CONSTRAINT users_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT users_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    CONSTRAINT users_role_check CHECK (role IN ('admin', 'operator', 'viewer')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'pending'))
);
CREATE UNIQUE INDEX users_email_key ON users (client_id, lower(email));
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_tenant ON users
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (email, role, status) ON users TO assay_app;
