/* A phone that sends anything to the CAPF: the first two bytes choose what the database has, the rest is the stream. */
#include <assert.h>
#include <string.h>

#include "cucm-service/core/capf_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct phone {
	struct capf_session *session;
	struct capf_device device;
	bool known, unread, over;
	uint32_t number;
};

static void carry_out(struct phone *phone, const struct capf_actions *actions)
{
	static const uint8_t der[] = {0x30, 1, 0};
	const struct wire_slice certificate = {der, sizeof(der)};

	assert(actions->count <= CAPF_ACTIONS_MOST);
	for (size_t i = 0; i < actions->count; i++) {
		const struct capf_action *action = &actions->item[i];
		struct capf_actions next = {.count = 0};
		struct capf message;

		assert(!phone->over);
		switch (action->kind) {
		case CAPF_DO_SEND:
			assert(capf_decode(action->bytes.data, action->bytes.length, &message, NULL) == 0);
			assert(message.session == phone->number);
			break;
		case CAPF_DO_LOOK_UP:
			if (phone->unread)
				capf_session_not_read(phone->session, &next);
			else
				capf_session_device(phone->session, phone->known ? &phone->device : NULL,
						    1800000000, &next);
			carry_out(phone, &next);
			break;
		case CAPF_DO_ISSUE:
			capf_session_issued(phone->session, &certificate, &next);
			carry_out(phone, &next);
			break;
		case CAPF_DO_RECORD:
			assert(strlen(action->device) == 15);
			if (action->operation != CAPF_OPERATION_NONE) {
				capf_session_recorded(phone->session, true, &next);
				carry_out(phone, &next);
			}
			break;
		case CAPF_DO_NOTE: assert(*action->status); break;
		case CAPF_DO_END: phone->over = true; break;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct capf_issuers issuers = {.capf = X509_new()};
	struct phone phone = {.number = 0x01020304};
	struct capf_actions actions;

	if (size < 2) {
		X509_free(issuers.capf);
		return 0;
	}
	phone.known = data[0] & 1;
	phone.unread = data[1] & 2;
	phone.device = (struct capf_device){.operation = (enum capf_operation)(data[0] >> 1 & 3),
					    .proof = (enum capf_proof)(data[0] >> 3 & 3),
					    .string = data[0] & 0x20 ? "1234" : NULL,
					    .key_type = data[0] & 0x40 ? CAPF_EC : CAPF_RSA,
					    .key_size = data[1] & 1 ? 2048 : 256};
	phone.session = capf_session_new(phone.number, &issuers);
	capf_session_begin(phone.session, &actions);
	carry_out(&phone, &actions);
	for (data += 2, size -= 2; size;) {
		size_t used = capf_session_received(phone.session, data, size, &actions);

		assert(used <= size);
		carry_out(&phone, &actions);
		if (!used)
			break;
		data += used;
		size -= used;
	}
	capf_session_lost(phone.session, &actions);
	assert(!phone.over || !actions.count);
	capf_session_free(phone.session);
	X509_free(issuers.capf);
	return 0;
}
