-- The core tables. Same names and columns as the SQLite file of this number.

CREATE TABLE merchants (
    id               TEXT NOT NULL PRIMARY KEY,
    slug             TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    category         TEXT NOT NULL,
    description      TEXT NOT NULL,
    phone            TEXT NOT NULL,
    state            TEXT NOT NULL,
    store_state      TEXT NOT NULL,
    currency         TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    open_minute      BIGINT NOT NULL,
    close_minute     BIGINT NOT NULL,
    latitude         DOUBLE PRECISION NOT NULL,
    longitude        DOUBLE PRECISION NOT NULL,
    area             TEXT NOT NULL,
    delivery_fee     BIGINT NOT NULL CHECK (delivery_fee >= 0),
    delivery_minutes BIGINT NOT NULL,
    tax_basis_points BIGINT NOT NULL,
    minimum_order    BIGINT NOT NULL,
    featured         BOOLEAN NOT NULL,
    rating_sum       BIGINT NOT NULL,
    rating_count     BIGINT NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);

CREATE TABLE users (
    id          TEXT NOT NULL PRIMARY KEY,
    phone       TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    merchant_id TEXT REFERENCES merchants (id),
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX users_merchant ON users (merchant_id);

CREATE TABLE products (
    id          TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    sku         TEXT NOT NULL,
    name        TEXT NOT NULL,
    search_name TEXT NOT NULL,
    description TEXT NOT NULL,
    category    TEXT NOT NULL,
    price       BIGINT NOT NULL CHECK (price > 0),
    currency    TEXT NOT NULL,
    stock       BIGINT NOT NULL CHECK (stock >= 0),
    low_stock   BIGINT NOT NULL,
    active      BOOLEAN NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX products_merchant ON products (merchant_id, category, name);
CREATE INDEX products_sku ON products (sku);

CREATE TABLE customers (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    registered BOOLEAN NOT NULL,
    phone      TEXT NOT NULL,
    language   TEXT NOT NULL,
    blocked    BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX customers_phone ON customers (phone);

-- How transports reach a customer.
CREATE TABLE contact_addresses (
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, value)
);
CREATE INDEX contact_addresses_customer ON contact_addresses (customer_id);

-- Where a customer has things brought to.
CREATE TABLE customer_addresses (
    id          TEXT NOT NULL PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    label       TEXT NOT NULL,
    body        TEXT NOT NULL,
    latitude    DOUBLE PRECISION,
    longitude   DOUBLE PRECISION,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX customer_addresses_customer ON customer_addresses (customer_id);

CREATE TABLE channels (
    id          TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    external_id TEXT NOT NULL,
    phone       TEXT NOT NULL,
    name        TEXT NOT NULL,
    merchant_id TEXT REFERENCES merchants (id),
    prefix      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (kind, external_id)
);
CREATE INDEX channels_merchant ON channels (merchant_id);

CREATE TABLE conversation_sessions (
    id              TEXT NOT NULL PRIMARY KEY,
    channel_id      TEXT NOT NULL REFERENCES channels (id),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    merchant_id     TEXT REFERENCES merchants (id),
    last_inbound_at TIMESTAMPTZ,
    state           JSONB NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (channel_id, customer_id)
);
CREATE INDEX conversation_sessions_customer ON conversation_sessions (customer_id);
CREATE INDEX conversation_sessions_merchant ON conversation_sessions (merchant_id, updated_at);

-- In both directions. seq orders a conversation.
CREATE TABLE bot_messages (
    seq             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversation_sessions (id),
    channel_id      TEXT NOT NULL REFERENCES channels (id),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    merchant_id     TEXT REFERENCES merchants (id),
    direction       TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    external_id     TEXT,
    state           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    content         JSONB NOT NULL,
    attempts        BIGINT NOT NULL,
    claimed_at      TIMESTAMPTZ,
    next_attempt_at TIMESTAMPTZ,
    error_code      TEXT NOT NULL,
    error_text      TEXT NOT NULL,
    price_category  TEXT NOT NULL,
    billable        BOOLEAN NOT NULL,
    sent_at         TIMESTAMPTZ,
    delivered_at    TIMESTAMPTZ,
    read_at         TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (channel_id, external_id)
);
CREATE INDEX bot_messages_customer ON bot_messages (customer_id);
CREATE INDEX bot_messages_conversation ON bot_messages (conversation_id, seq);
CREATE INDEX bot_messages_merchant ON bot_messages (merchant_id, created_at);
-- What is left to do in a conversation, in order.
CREATE INDEX bot_messages_pending ON bot_messages (conversation_id, direction, seq)
    WHERE state IN ('received', 'queued', 'sending');

CREATE TABLE carts (
    id          TEXT NOT NULL PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    promotion   TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (customer_id, merchant_id)
);
CREATE INDEX carts_merchant ON carts (merchant_id, updated_at);

CREATE TABLE cart_lines (
    cart_id    TEXT NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    product_id TEXT NOT NULL REFERENCES products (id),
    quantity   BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    seen_price BIGINT NOT NULL,
    added_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (cart_id, product_id)
);
CREATE INDEX cart_lines_product ON cart_lines (product_id);

CREATE TABLE orders (
    id              TEXT NOT NULL PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE,
    merchant_id     TEXT NOT NULL REFERENCES merchants (id),
    customer_id     TEXT NOT NULL REFERENCES customers (id),
    status          TEXT NOT NULL,
    fulfilment      TEXT NOT NULL,
    address         TEXT NOT NULL,
    latitude        DOUBLE PRECISION,
    longitude       DOUBLE PRECISION,
    payment_method  TEXT NOT NULL,
    note            TEXT NOT NULL,
    promotion       TEXT NOT NULL,
    currency        TEXT NOT NULL,
    subtotal        BIGINT NOT NULL,
    discount        BIGINT NOT NULL,
    delivery        BIGINT NOT NULL,
    tax             BIGINT NOT NULL,
    total           BIGINT NOT NULL CHECK (total >= 0),
    reason          TEXT NOT NULL,
    expected_at     TIMESTAMPTZ NOT NULL,
    rated           BOOLEAN NOT NULL,
    idempotency_key TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (merchant_id, idempotency_key)
);
CREATE INDEX orders_customer ON orders (customer_id, created_at);
CREATE INDEX orders_merchant ON orders (merchant_id, created_at);
CREATE INDEX orders_merchant_status ON orders (merchant_id, status);

CREATE TABLE order_lines (
    order_id    TEXT NOT NULL REFERENCES orders (id),
    position    BIGINT NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    product_id  TEXT NOT NULL REFERENCES products (id),
    name        TEXT NOT NULL,
    price       BIGINT NOT NULL,
    quantity    BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, position)
);
CREATE INDEX order_lines_product ON order_lines (product_id);
CREATE INDEX order_lines_merchant ON order_lines (merchant_id);

-- Every move of an order, the first being its creation.
CREATE TABLE order_history (
    order_id    TEXT NOT NULL REFERENCES orders (id),
    position    BIGINT NOT NULL,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    from_status TEXT NOT NULL,
    to_status   TEXT NOT NULL,
    actor       JSONB NOT NULL,
    reason      TEXT NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (order_id, position)
);
CREATE INDEX order_history_merchant ON order_history (merchant_id);

CREATE TABLE payments (
    id          TEXT NOT NULL PRIMARY KEY,
    order_id    TEXT NOT NULL UNIQUE REFERENCES orders (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    method      TEXT NOT NULL,
    status      TEXT NOT NULL,
    amount      BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX payments_merchant ON payments (merchant_id);

CREATE TABLE delivery_tasks (
    id          TEXT NOT NULL PRIMARY KEY,
    order_id    TEXT NOT NULL UNIQUE REFERENCES orders (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    driver_id   TEXT REFERENCES users (id),
    status      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX delivery_tasks_merchant ON delivery_tasks (merchant_id, status);
CREATE INDEX delivery_tasks_driver ON delivery_tasks (driver_id);

CREATE TABLE promotions (
    id          TEXT NOT NULL PRIMARY KEY,
    merchant_id TEXT REFERENCES merchants (id),
    code        TEXT NOT NULL UNIQUE,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    cap         BIGINT NOT NULL,
    minimum     BIGINT NOT NULL,
    category    TEXT NOT NULL,
    weekdays    BIGINT NOT NULL,
    first_order BOOLEAN NOT NULL,
    premium     BOOLEAN NOT NULL,
    max_uses    BIGINT NOT NULL,
    starts_at   TIMESTAMPTZ NOT NULL,
    ends_at     TIMESTAMPTZ NOT NULL,
    active      BOOLEAN NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX promotions_merchant ON promotions (merchant_id);

CREATE TABLE order_feedback (
    order_id    TEXT NOT NULL PRIMARY KEY REFERENCES orders (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    stars       BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    body        TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX order_feedback_merchant ON order_feedback (merchant_id, created_at);
CREATE INDEX order_feedback_customer ON order_feedback (customer_id);

-- The last sequence number of each owner of events; '' is the platform.
CREATE TABLE event_counters (
    owner    TEXT NOT NULL PRIMARY KEY,
    last_seq BIGINT NOT NULL
);

CREATE TABLE events (
    id          TEXT NOT NULL PRIMARY KEY,
    owner       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    merchant_id TEXT REFERENCES merchants (id),
    kind        TEXT NOT NULL,
    payload     JSONB NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (owner, seq)
);
CREATE INDEX events_merchant ON events (merchant_id);

-- Keys of the REST API; only a hash is kept. Without a merchant it is the operator's.
CREATE TABLE api_keys (
    id           TEXT NOT NULL PRIMARY KEY,
    merchant_id  TEXT REFERENCES merchants (id),
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    hint         TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    revoked_at   TIMESTAMPTZ
);
CREATE INDEX api_keys_merchant ON api_keys (merchant_id);

-- Written by triggers (see audit.go), never by the program. before and after
-- are the row as JSON.
CREATE TABLE audit_logs (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id   TEXT,
    table_name    TEXT NOT NULL,
    row_id        TEXT NOT NULL,
    action        TEXT NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    actor_role    TEXT NOT NULL,
    actor_address TEXT NOT NULL,
    before        JSONB,
    after         JSONB,
    created_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_logs_merchant ON audit_logs (merchant_id, id);
CREATE INDEX audit_logs_row ON audit_logs (table_name, row_id);
