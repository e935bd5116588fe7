package db

import (
	"slices"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
)

// The queues. A job's InsertOpts name one of them.
const (
	QueueMedia    = "media_processing"
	QueueMessages = "message_sending"
	QueueOrders   = "order_processing"
	QueueWebhooks = "webhook_delivery"
)

// Queues lists the queues.
var Queues = []string{QueueMedia, QueueMessages, QueueOrders, QueueWebhooks}

// JobAttempts is how often a job is tried unless its InsertOpts say otherwise.
const JobAttempts = 3

// job is one to be added when its transaction commits.
type job struct {
	params river.InsertManyParams
	queue  string
}

// newJob refuses a job that no worker would ever pick up.
func newJob(args river.JobArgs, opts *river.InsertOpts) (job, error) {
	j := job{params: river.InsertManyParams{Args: args, InsertOpts: opts}}
	if opts != nil {
		j.queue = opts.Queue
	}
	if with, ok := args.(river.JobArgsWithInsertOpts); ok && j.queue == "" {
		j.queue = with.InsertOpts().Queue
	}
	if !slices.Contains(Queues, j.queue) {
		return job{}, musika.Errorf(musika.CodeInternal, "A job %q names the queue %q, which nobody works.", args.Kind(), j.queue)
	}
	return j, nil
}

func insertParams(jobs []job) []river.InsertManyParams {
	out := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		out[i] = j.params
	}
	return out
}

// queuesOf returns the queues of jobs, each once.
func queuesOf(jobs []job) []string {
	var out []string
	for _, j := range jobs {
		if !slices.Contains(out, j.queue) {
			out = append(out, j.queue)
		}
	}
	return out
}
