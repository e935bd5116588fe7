package api

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/musika/musika"
)

// Metrics is what Prometheus may read. Labels take few values, all of them
// chosen here: what a stranger sends is never one.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	webhooks *prometheus.CounterVec
	messages *prometheus.CounterVec
}

// NewMetrics returns metrics that are all zero.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "musika_http_request_seconds", Help: "Time to answer an HTTP request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "musika_webhooks_total", Help: "Calls of a transport's webhook, by what became of them.",
		}, []string{"transport", "outcome"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "musika_messages_total", Help: "Messages that reached a state, by direction (in, out).",
		}, []string{"direction", "state"}),
	}
	m.registry.MustRegister(m.requests, m.webhooks, m.messages,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Message counts a message that reached a state.
func (m *Metrics) Message(direction string, state musika.MessageState) {
	m.messages.WithLabelValues(direction, string(state)).Inc()
}

// Webhook counts a call of a transport's webhook and what became of it.
func (m *Metrics) Webhook(transport, outcome string) {
	m.webhooks.WithLabelValues(transport, outcome).Inc()
}

// JobCount is how many jobs of a queue are in a state.
type JobCount struct {
	Queue, State string
	Count        int64
}

// jobsAge is how old the count of jobs may be: scraping often must not become
// a load on the database.
const jobsAge = 5 * time.Second

// Jobs shows the count of jobs, asked for when it is read.
func (m *Metrics) Jobs(count func(context.Context) ([]JobCount, error)) {
	m.registry.MustRegister(&jobCollector{count: count})
}

type jobCollector struct {
	count func(context.Context) ([]JobCount, error)

	mu   sync.Mutex
	at   time.Time
	last []JobCount
}

var jobsDesc = prometheus.NewDesc("musika_jobs", "Jobs by queue and state.", []string{"queue", "state"}, nil)

func (c *jobCollector) Describe(ch chan<- *prometheus.Desc) { ch <- jobsDesc }

func (c *jobCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) > jobsAge {
		ctx, cancel := context.WithTimeout(context.Background(), checksTime)
		defer cancel()
		counts, err := c.count(ctx)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(jobsDesc, err)
			return
		}
		c.at, c.last = time.Now(), counts
	}
	for _, j := range c.last {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(j.Count), j.Queue, j.State)
	}
}

func (m *Metrics) handler() http.Handler {
	// A collector that fails must not hide the others.
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
