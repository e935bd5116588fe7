package bench

// limits says what bounds the figures. It is prose that goes with the code
// measured: whoever changes what the limit is changes it here.
const limits = `## What the limit is

On SQLite the limit is the disk: each durable commit waits for it, and transactions that wait for the one writer share
a commit. On Postgres the limit is the processor: with program, database, simulator and customers on two cores both are
busy (less than a tenth idle), a third to a half of it in the kernel for round trips between the processes. The goal of
400 turns a second is not reached on such a machine. What it took to get here is in the code: notifications of new jobs
are spaced (a commit that notifies holds a lock of the whole server until it is on the disk), events take their owner's
counter once per transaction, webhooks' statuses are looked up and stored together.
`
