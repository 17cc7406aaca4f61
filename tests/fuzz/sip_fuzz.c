/* Any stream: framed, decoded, answered; the answer decodes too. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/sip_build.h"
#include "wire/sip_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct sip_message *message)
{
	const struct sip_digest digest = {"user", "secret", "REGISTER", "sip:a", "c", 1};
	static char answer[2 * SIP_MESSAGE_MAX], value[SIP_AUTHORIZATION_MAX];
	const struct sip_response response = {.status = 200, .to_tag = "t"};
	struct sip_message *again = NULL;
	uint64_t unix_s;
	ssize_t length;

	assert(message->call_id && message->cseq_method && message->from_text && message->to_text);
	assert(!message->method == !!message->status);
	for (unsigned i = 0; i < message->contacts; i++)
		assert(message->contact[i].star || message->contact[i].uri.text);
	for (unsigned i = 0; i < message->parts; i++)
		assert(message->part[i].content_type && message->part[i].body.length <= message->body.length);
	if (message->date)
		sip_date_parse(&unix_s, message->date);
	if (message->has & SIP_HAS_CHALLENGE)
		sip_digest_authorization(&message->challenge, &digest, value, sizeof(value));
	if (!message->method)
		return;
	length = sip_build_response(message, &response, answer, sizeof(answer));
	if (length < 0)
		return;
	assert(sip_decode(answer, (size_t)length, &again, NULL) == 0);
	assert(again->status == 200 && again->cseq == message->cseq && again->vias == message->vias);
	assert(strcmp(again->call_id, message->call_id) == 0);
	sip_free(again);
}

/* What is refused can be answered, or not. */
static void refused(const uint8_t *data, size_t size, const struct wire_error *error)
{
	static char answer[2 * SIP_MESSAGE_MAX];
	struct sip_message *message = NULL;

	assert(error->what && error->offset <= size);
	if (sip_decode_refused(data, size, &message))
		return;
	assert(message->method && message->vias && (message->refusal == 400 || message->refusal == 505));
	sip_build_response(message, &(struct sip_response){.status = message->refusal, .to_tag = "t"}, answer,
			   sizeof(answer));
	sip_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_message *message = NULL;
	struct wire_error error;
	struct sip_frame frame;
	size_t at = 0;

	if (sip_decode(data, size, &message, &error) == 0)
		look(message);
	else
		refused(data, size, &error);
	sip_free(message);
	while (sip_frame(data + at, size - at, &frame, &error) == 0) {
		at += frame.skip + frame.header + frame.body;
		assert(at <= size && frame.header >= 4);
	}
	return 0;
}
