package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// service is a part with a life of its own. run calls ready once it is up, and
// returns when ctx ends and what was under way is finished; grace ends when
// there is no more time for that.
type service struct {
	name string
	run  func(ctx, grace context.Context, ready func()) error
}

// supervise starts services one after another, calls ready when all are up, and
// when ctx ends or one of them fails stops them in the reverse order, each
// before the next. The stop as a whole takes no longer than timeout and a
// little; what still runs then is left behind, which is an error.
func supervise(ctx context.Context, log *slog.Logger, timeout time.Duration, ready func(), services ...service) error {
	grace, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	type running struct {
		service
		stop context.CancelFunc
		done chan error
	}
	var up []running
	var failure error
	failed := make(chan error, len(services))

	for _, s := range services {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		r := running{s, stop, make(chan error, 1)}
		isUp := make(chan struct{})
		go func() {
			err := s.run(own, grace, func() { close(isUp) })
			switch {
			case own.Err() != nil && errors.Is(err, context.Canceled):
				err = nil // it was asked to stop, and says so
			case own.Err() == nil && err == nil:
				err = errors.New("ended by itself")
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", s.name, err)
				failed <- err
			}
			r.done <- err
		}()
		up = append(up, r)
		select {
		case <-isUp:
			log.DebugContext(ctx, "service is up", "service", s.name)
			continue
		case failure = <-failed:
		case <-ctx.Done():
		}
		break
	}
	if failure == nil && ctx.Err() == nil {
		ready()
		select {
		case failure = <-failed:
		case <-ctx.Done():
		}
	}

	timer := time.AfterFunc(timeout, giveUp)
	defer timer.Stop()
	last := time.NewTimer(timeout + lastMoment)
	defer last.Stop()
	for len(up) > 0 {
		r := up[len(up)-1]
		up = up[:len(up)-1]
		r.stop()
		select {
		case err := <-r.done:
			if failure == nil {
				failure = err
			}
			log.DebugContext(ctx, "service has stopped", "service", r.name)
		case <-last.C:
			return errors.Join(failure, fmt.Errorf("%s did not stop within %s", r.name, timeout))
		}
	}
	return failure
}

// lastMoment is for services that end by force when grace is over.
const lastMoment = 6 * time.Second
