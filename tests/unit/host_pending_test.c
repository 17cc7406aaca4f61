/* Events that occur while the actions of another event are executed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "phone-sim/driver/host_internal.h"

/* The caller's event and the text of its reason are gone when the queue is read. */
static void test_queued_reason(void **state)
{
	static const enum phone_event_kind kinds[] = {PHONE_POWER_DENIED, PHONE_POWER_OFF,
						      PHONE_POWER_ADJUSTED, PHONE_POWER_GRANTED};
	struct account account = {0};
	struct host host = {.busy = true, .shared.account = &account};
	struct host_pending *pending;
	char text[] = "the budget is spent";

	(void)state;
	host.last = &host.first;
	for (unsigned i = 0; i < 4; i++) {
		const struct phone_event event = {.kind = kinds[i], .power = {.mw = i, .reason = text}};

		host_handle(&host, &event);
	}
	strcpy(text, "overwritten");
	for (unsigned i = 0; i < 4; i++) {
		pending = host_take_pending(&host);
		assert_non_null(pending);
		assert_int_equal(pending->event.kind, kinds[i]);
		assert_int_equal(pending->event.power.mw, i);
		assert_string_equal(pending->event.power.reason, "the budget is spent");
		host_free_pending(&host, pending);
	}
	assert_null(host_take_pending(&host));
	free(host.spare);
}

static void test_queued_without_reason(void **state)
{
	const struct phone_event denied = {.kind = PHONE_POWER_DENIED}, up = {.kind = PHONE_LINK_UP};
	struct account account = {0};
	struct host host = {.busy = true, .shared.account = &account};
	struct host_pending *pending;

	(void)state;
	host.last = &host.first;
	host_handle(&host, &denied);
	host_handle(&host, &up);
	pending = host_take_pending(&host);
	assert_int_equal(pending->event.kind, PHONE_POWER_DENIED);
	assert_null(pending->event.power.reason);
	host_free_pending(&host, pending);
	pending = host_take_pending(&host);
	assert_int_equal(pending->event.kind, PHONE_LINK_UP);
	host_free_pending(&host, pending);
	assert_null(host_take_pending(&host));
	free(host.spare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_queued_reason),
	    cmocka_unit_test(test_queued_without_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
