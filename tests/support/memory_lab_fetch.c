/* The file servers of the memory lab. */
#include "tests/support/memory_lab_internal.h"

#include <string.h>

void lab_fetch(struct memory_lab *lab, unsigned i, const struct phone_action *action)
{
	struct phone_event event = {.kind = PHONE_FETCHED};
	bool http = action->fetch.transport != PHONE_TFTP;
	enum lab_health health = LAB_SILENT;
	struct lab_file *file = memory_lab_file(lab, action->fetch.file);
	const struct lab_answer *answer = NULL;
	uint64_t delay_us = lab_latency(lab);
	size_t length = 0;

	for (unsigned s = 0; s < LAB_SERVERS; s++) {
		if (lab->server[s].address != action->fetch.server)
			continue;
		health = http ? lab->server[s].http : lab->server[s].tftp;
		answer = http ? lab->server[s].http_answer : lab->server[s].tftp_answer;
		*(http ? &lab->server[s].http_requests : &lab->server[s].tftp_requests) += 1;
	}
	event.fetched.id = action->fetch.id;
	if (answer) {
		event.fetched.status = answer->status;
		event.fetched.http_status = answer->http_status;
		event.fetched.detail = answer->detail;
		event.fetched.facts = &answer->facts;
		lab_to_phone(lab, i, delay_us, &event, (const uint8_t *)"", 0);
		return;
	}
	switch (health) {
	case LAB_UP:
		if (!file) {
			event.fetched.status = PHONE_FETCH_NOT_FOUND;
			event.fetched.http_status = http ? 404 : 0;
		} else if (file->length > action->fetch.limit) {
			event.fetched.status = PHONE_FETCH_TOO_LARGE;
		} else {
			event.fetched.status = PHONE_FETCH_OK;
			event.fetched.size = file->length;
			length = action->fetch.to_flash && file->length > 4096 ? 4096 : file->length;
		}
		break;
	case LAB_REFUSES: event.fetched.status = PHONE_FETCH_REFUSED; break;
	case LAB_SILENT:
		event.fetched.status = PHONE_FETCH_TIMEOUT;
		delay_us = action->fetch.timeout_us;
		break;
	case LAB_UNREACHABLE: event.fetched.status = PHONE_FETCH_UNREACHABLE; break;
	}
	lab_to_phone(lab, i, delay_us, &event, length ? file->bytes : (const uint8_t *)"", length);
}
