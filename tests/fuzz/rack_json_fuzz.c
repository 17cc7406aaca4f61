/* Any rack.json, and any phone of a `plug` request; what is accepted makes phones. */
#include <assert.h>
#include <string.h>

#include "phone-sim/core/phone.h"
#include "phone-sim/driver/rack_config.h"
#include "tests/fuzz/support/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make(const struct rack_phone *row)
{
	struct phone_config config = {
	    .mac = row->mac, .model = row->model, .cdp = row->cdp, .lldp = row->lldp};
	struct phone *phone = phone_new(&config);

	assert(phone); /* its model is known */
	assert(strlen(row->active_load) < PHONE_LOAD_MAX);
	phone_free(phone);
}

static void read_phone(const uint8_t *data, size_t size)
{
	json_t *object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct rack_phone phone;
	struct fail fail = {0};

	if (!object)
		return;
	if (!rack_phone_read(object, "phone", &phone, &fail)) {
		make(&phone);
		rack_phone_free(&phone);
	} else {
		assert(fail.err < 0 && fail.text[0]);
	}
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rack_config config;
	struct fail fail = {0};
	int err = rack_config_read(input_file(0, data, size), &config, &fail);

	read_phone(data, size);
	if (err) {
		assert(fail.err < 0 && fail.text[0]);
		return 0;
	}
	for (size_t i = 0; i < config.phones.count; i++)
		make((struct rack_phone *)config.phones.items + i);
	rack_config_free(&config);
	return 0;
}
