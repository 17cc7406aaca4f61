#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cable/panel_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A decoded message can be encoded, and decodes to the same message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[PANEL_MSG_MAX], again[PANEL_MSG_MAX];
	struct panel_msg msg, back;
	struct fail fail = {0};
	ssize_t length;

	if (panel_msg_decode(&msg, data, size, &fail))
		return 0;
	length = panel_msg_encode(&msg, text, sizeof(text));
	if (length < 0 || panel_msg_decode(&back, text, (size_t)length, &fail))
		abort();
	if (panel_msg_encode(&back, again, sizeof(again)) != length || memcmp(text, again, (size_t)length))
		abort();
	return 0;
}
