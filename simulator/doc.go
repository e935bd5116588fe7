// Package simulator is a stand-in for Meta's WhatsApp Cloud API: one process
// that answers like graph.facebook.com, calls webhooks like Meta, and lets
// tests, scripts and a person with a browser play the customers.
//
// It serves three things on one handler:
//
//   - /v26.0/... (any /v<major>.<minor>): the Graph API: messages, media,
//     templates, numbers, profile, QR codes, subscriptions, blocked users.
//   - /_sim/...: the control interface: people who write, tap and read, a
//     clock that can be moved, faults that can be switched on, the log of
//     webhook deliveries.
//   - /: a page that looks like a phone, built on the control interface.
//
// A program under test talks to it over HTTP with the client it would use with
// Meta; only the base URL differs. A test that lives in the same process may
// drive the people through the methods of Simulator, which the control
// interface calls as well.
//
//	sim, err := simulator.New(simulator.Config{Addr: "127.0.0.1:0", CallbackURL: hook})
//	go sim.Run(ctx)
//	<-sim.Ready()
//	sim.AddPerson(simulator.Person{WaID: "263770000001", Name: "Tendai"})
//	id, err := sim.Say(ctx, "263770000001", simulator.Text("hello"))
//
// The limits, error codes and webhook shapes follow Meta's Cloud API
// documentation as of September 2026 (Graph v26.0). Where Meta is silent or its
// sources disagree, the doc comment of the rule says which way was taken.
// conformance_test.go lists the behaviour as 80 numbered statements, each with
// its test.
//
// Everything is kept in memory and bounded; nothing survives a restart. The
// package imports nothing but the standard library.
package simulator
