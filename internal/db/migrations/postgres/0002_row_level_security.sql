-- Who may see and change which rows, for the roles that Supabase and PostgREST
-- use. The program itself runs a tenant's transactions as "authenticated" with
-- the same claims, so one set of policies serves it and their clients; its own
-- role owns the tables and is not bound by policies.
--
-- The claims: sub (the user), app_role (owner, staff, admin, driver, customer),
-- merchant_id, customer_id; the last three also inside app_metadata. A token
-- without them is looked up in users by its sub.

DO $$
BEGIN
    IF current_schema() <> 'public' THEN
        RAISE EXCEPTION 'Musika keeps its tables in the schema public; take search_path out of the database URL';
    END IF;
END $$;

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', r);
                IF r = 'service_role' THEN
                    ALTER ROLE service_role BYPASSRLS;
                END IF;
            EXCEPTION
                -- Another database of this server is being migrated at once.
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    -- Only a superuser may make a role that passes policies;
                    -- the program does without it.
                    IF r <> 'service_role' THEN
                        RAISE EXCEPTION 'the database role % is missing and % may not create it: run CREATE ROLE % NOLOGIN; GRANT % TO %; as a superuser', r, current_user, r, r, current_user;
                    END IF;
                    CREATE ROLE service_role NOLOGIN;
            END;
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'authenticated', 'MEMBER') THEN
        EXECUTE format('GRANT authenticated TO %I', current_user);
    END IF;
END $$;

CREATE SCHEMA musika;
GRANT USAGE ON SCHEMA musika, public TO anon, authenticated, service_role;

CREATE FUNCTION musika.claims() RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(NULLIF(current_setting('request.jwt.claims', true), ''), '{}')::jsonb
$$;

CREATE FUNCTION musika.subject() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULLIF(musika.claims() ->> 'sub', '')
$$;

-- The role that the asker acts in.
CREATE FUNCTION musika.app_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(
        NULLIF(c ->> 'app_role', ''),
        NULLIF(c -> 'app_metadata' ->> 'app_role', ''),
        (SELECT u.role FROM public.users u WHERE u.id = c ->> 'sub'),
        'customer')
    FROM musika.claims() AS c
$$;

-- The merchant that the asker runs; NULL for who runs none.
CREATE FUNCTION musika.merchant() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN musika.app_role() IN ('owner', 'staff', 'admin') THEN COALESCE(
        NULLIF(c ->> 'merchant_id', ''),
        NULLIF(c -> 'app_metadata' ->> 'merchant_id', ''),
        (SELECT u.merchant_id FROM public.users u WHERE u.id = c ->> 'sub'))
    END
    FROM musika.claims() AS c
$$;

-- The customer that the asker is; NULL for others.
CREATE FUNCTION musika.customer() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(NULLIF(c ->> 'customer_id', ''), NULLIF(c -> 'app_metadata' ->> 'customer_id', ''))
    FROM musika.claims() AS c
$$;

CREATE FUNCTION musika.is_admin() RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT musika.app_role() = 'admin'
$$;

-- Whether the program is asking, on behalf of a tenant. Its events are true,
-- a client's would not be.
CREATE FUNCTION musika.program() RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(current_setting('musika.program', true), '') = 'on'
$$;

-- Whether the asker drives order id. Looked up past the policies: those of
-- orders and delivery_tasks would ask for each other.
CREATE FUNCTION musika.drives(id text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.delivery_tasks d
        WHERE d.order_id = drives.id AND d.driver_id = musika.subject())
$$;

-- Whether the asker's merchant deals with customer id.
CREATE FUNCTION musika.serves(id text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT m IS NOT NULL AND (
        EXISTS (SELECT 1 FROM public.conversation_sessions s WHERE s.customer_id = serves.id AND s.merchant_id = m)
        OR EXISTS (SELECT 1 FROM public.orders o WHERE o.customer_id = serves.id AND o.merchant_id = m))
    FROM musika.merchant() AS m
$$;

-- protect puts a table under row-level security: nobody sees anything until a
-- policy says so, except an admin, who reads all of it. Migrations that add a
-- table call it, or protect_merchant.
CREATE PROCEDURE musika.protect(name regclass) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, anon, authenticated', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO authenticated', name);
    EXECUTE format('GRANT ALL ON %s TO service_role', name);
    EXECUTE format('CREATE POLICY admin_reads ON %s FOR SELECT TO authenticated USING ((SELECT musika.is_admin()))', name);
END $$;

-- protect_merchant does that for a table with a merchant_id, whose rows the
-- merchant's people see and write.
CREATE PROCEDURE musika.protect_merchant(name regclass) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CALL musika.protect(name);
    EXECUTE format('CREATE POLICY merchant ON %s FOR ALL TO authenticated
        USING (merchant_id = (SELECT musika.merchant()))
        WITH CHECK (merchant_id = (SELECT musika.merchant()))', name);
END $$;

REVOKE ALL ON PROCEDURE musika.protect(regclass), musika.protect_merchant(regclass) FROM PUBLIC;

-- Merchants and people.

CALL musika.protect('public.merchants');
GRANT SELECT ON public.merchants TO anon;
CREATE POLICY approved ON public.merchants FOR SELECT TO anon, authenticated
    USING (state = 'approved');
CREATE POLICY own ON public.merchants FOR SELECT TO authenticated
    USING (id = (SELECT musika.merchant()));
CREATE POLICY own_update ON public.merchants FOR UPDATE TO authenticated
    USING (id = (SELECT musika.merchant())) WITH CHECK (id = (SELECT musika.merchant()));

-- What the operator and the customers decide about a merchant, the merchant
-- does not.
CREATE FUNCTION musika.guard_merchant() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user = 'authenticated' AND NOT musika.is_admin()
        AND (NEW.state, NEW.featured, NEW.rating_sum, NEW.rating_count)
            IS DISTINCT FROM (OLD.state, OLD.featured, OLD.rating_sum, OLD.rating_count) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only the operator changes a merchant''s state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON public.merchants FOR EACH ROW EXECUTE FUNCTION musika.guard_merchant();

CALL musika.protect('public.users');
CREATE POLICY own ON public.users FOR SELECT TO authenticated
    USING (id = (SELECT musika.subject()) OR merchant_id = (SELECT musika.merchant()));
-- Owners take on and let go staff; nobody makes themselves an admin.
CREATE POLICY owner ON public.users FOR ALL TO authenticated
    USING (merchant_id = (SELECT musika.merchant()) AND role IN ('owner', 'staff')
        AND (SELECT musika.app_role()) IN ('owner', 'admin'))
    WITH CHECK (merchant_id = (SELECT musika.merchant()) AND role IN ('owner', 'staff')
        AND (SELECT musika.app_role()) IN ('owner', 'admin'));

CALL musika.protect('public.api_keys');
CREATE POLICY owner ON public.api_keys FOR ALL TO authenticated
    USING (merchant_id = (SELECT musika.merchant()) AND (SELECT musika.app_role()) IN ('owner', 'admin'))
    WITH CHECK (merchant_id = (SELECT musika.merchant()) AND (SELECT musika.app_role()) IN ('owner', 'admin'));

-- What is on offer.

CALL musika.protect_merchant('public.products');
GRANT SELECT ON public.products TO anon;
CREATE POLICY on_offer ON public.products FOR SELECT TO anon, authenticated
    USING (active AND EXISTS (SELECT 1 FROM public.merchants m WHERE m.id = merchant_id AND m.state = 'approved'));

CALL musika.protect_merchant('public.promotions');
GRANT SELECT ON public.promotions TO anon;
CREATE POLICY on_offer ON public.promotions FOR SELECT TO anon, authenticated
    USING (active);

-- Customers, and what merchants know of theirs.

CALL musika.protect('public.customers');
CREATE POLICY own ON public.customers FOR SELECT TO authenticated
    USING (id = (SELECT musika.customer()));
CREATE POLICY served ON public.customers FOR SELECT TO authenticated
    USING ((SELECT musika.merchant()) IS NOT NULL AND musika.serves(id));

CALL musika.protect('public.contact_addresses');
CREATE POLICY own ON public.contact_addresses FOR SELECT TO authenticated
    USING (customer_id = (SELECT musika.customer()));
CREATE POLICY served ON public.contact_addresses FOR SELECT TO authenticated
    USING ((SELECT musika.merchant()) IS NOT NULL AND musika.serves(customer_id));

CALL musika.protect('public.customer_addresses');
CREATE POLICY own ON public.customer_addresses FOR ALL TO authenticated
    USING (customer_id = (SELECT musika.customer())) WITH CHECK (customer_id = (SELECT musika.customer()));

-- Conversations. Everyone who runs a store may know the shared channels.

CALL musika.protect_merchant('public.channels');
CREATE POLICY shared ON public.channels FOR SELECT TO authenticated
    USING (merchant_id IS NULL AND (SELECT musika.merchant()) IS NOT NULL);

CALL musika.protect_merchant('public.conversation_sessions');
CREATE POLICY own ON public.conversation_sessions FOR SELECT TO authenticated
    USING (customer_id = (SELECT musika.customer()));

CALL musika.protect_merchant('public.bot_messages');
CREATE POLICY own ON public.bot_messages FOR SELECT TO authenticated
    USING (customer_id = (SELECT musika.customer()));

-- Carts and orders.

CALL musika.protect_merchant('public.carts');
CREATE POLICY own ON public.carts FOR ALL TO authenticated
    USING (customer_id = (SELECT musika.customer())) WITH CHECK (customer_id = (SELECT musika.customer()));

-- Who sees the cart sees its lines.
CALL musika.protect('public.cart_lines');
CREATE POLICY of_cart ON public.cart_lines FOR ALL TO authenticated
    USING (EXISTS (SELECT 1 FROM public.carts c WHERE c.id = cart_id
        AND (c.merchant_id = (SELECT musika.merchant()) OR c.customer_id = (SELECT musika.customer()))))
    WITH CHECK (EXISTS (SELECT 1 FROM public.carts c WHERE c.id = cart_id
        AND (c.merchant_id = (SELECT musika.merchant()) OR c.customer_id = (SELECT musika.customer()))));

CALL musika.protect_merchant('public.orders');
CREATE POLICY own ON public.orders FOR SELECT TO authenticated
    USING (customer_id = (SELECT musika.customer()));
CREATE POLICY driver ON public.orders FOR SELECT TO authenticated
    USING ((SELECT musika.app_role()) = 'driver' AND musika.drives(id));

-- What belongs to an order is seen by the customer who placed it.
CALL musika.protect_merchant('public.order_lines');
CREATE POLICY own ON public.order_lines FOR SELECT TO authenticated
    USING ((SELECT musika.customer()) IS NOT NULL
        AND EXISTS (SELECT 1 FROM public.orders o WHERE o.id = order_id AND o.customer_id = (SELECT musika.customer())));

CALL musika.protect_merchant('public.order_history');
CREATE POLICY own ON public.order_history FOR SELECT TO authenticated
    USING ((SELECT musika.customer()) IS NOT NULL
        AND EXISTS (SELECT 1 FROM public.orders o WHERE o.id = order_id AND o.customer_id = (SELECT musika.customer())));

CALL musika.protect_merchant('public.payments');
CREATE POLICY own ON public.payments FOR SELECT TO authenticated
    USING ((SELECT musika.customer()) IS NOT NULL
        AND EXISTS (SELECT 1 FROM public.orders o WHERE o.id = order_id AND o.customer_id = (SELECT musika.customer())));

CALL musika.protect_merchant('public.delivery_tasks');
CREATE POLICY own ON public.delivery_tasks FOR SELECT TO authenticated
    USING ((SELECT musika.customer()) IS NOT NULL
        AND EXISTS (SELECT 1 FROM public.orders o WHERE o.id = order_id AND o.customer_id = (SELECT musika.customer())));
CREATE POLICY driver ON public.delivery_tasks FOR SELECT TO authenticated
    USING (driver_id = (SELECT musika.subject()) AND (SELECT musika.app_role()) = 'driver');

CALL musika.protect_merchant('public.order_feedback');
CREATE POLICY own ON public.order_feedback FOR SELECT TO authenticated
    USING (customer_id = (SELECT musika.customer()));

-- Events are read by their merchant and written by the program alone.

CALL musika.protect('public.events');
CREATE POLICY own ON public.events FOR SELECT TO authenticated
    USING (merchant_id = (SELECT musika.merchant()));
CREATE POLICY program ON public.events FOR INSERT TO authenticated
    WITH CHECK (musika.program() AND merchant_id = (SELECT musika.merchant()) AND owner = merchant_id);

CALL musika.protect('public.event_counters');
CREATE POLICY program ON public.event_counters FOR ALL TO authenticated
    USING (musika.program() AND owner = (SELECT musika.merchant()))
    WITH CHECK (musika.program() AND owner = (SELECT musika.merchant()));

-- The audit log is read by admins; audit.go's triggers alone write it.

CALL musika.protect('public.audit_logs');
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON public.audit_logs FROM authenticated, service_role;
