/* Steps 2 and 8: two banks of flash. */
#include "tests/support/phone_test.h"
#include "wire/loads.h"

static struct memory_lab *wants(const char *load)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	memory_lab_config_of(lab, 0, config);
	snprintf(config->load, sizeof(config->load), "%s", load);
	memory_lab_put_config(lab, 0, config);
	free(config);
	return lab;
}

static void the_active_load_is_the_right_one(void **state)
{
	struct memory_lab *lab = wants(LAB_LOAD);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_FIRMWARE, LADDER_DONE, LAB_LOAD " is active");
	assert_string_equal(memory_lab_view(lab, 0).download_status, "None");
	assert_int_equal(lab->phone[0].swaps, 0);
	memory_lab_free(lab);
}

static void no_load_is_named(void **state)
{
	struct memory_lab *lab = wants("");

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_FIRMWARE, LADDER_DONE, "no load is named");
	memory_lab_free(lab);
}

static void the_inactive_load_is_just_swapped(void **state)
{
	struct memory_lab *lab = wants(LAB_OLD_LOAD);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_OLD_LOAD);
	assert_string_equal(memory_lab_view(lab, 0).inactive_load, LAB_LOAD);
	assert_int_equal(lab->phone[0].swaps, 1);
	assert_int_equal(lab->phone[0].images, 0);
	memory_lab_free(lab);
}

static void a_new_load_is_downloaded(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_NEW_LOAD);
	assert_string_equal(memory_lab_view(lab, 0).inactive_load, LAB_LOAD);
	assert_string_equal(memory_lab_view(lab, 0).download_status, "Successful");
	assert_int_equal(lab->phone[0].images, 3);
	assert_int_equal(lab->phone[0].commits, 1);
	assert_int_equal(lab->phone[0].swaps, 1);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	assert_said(lab, "phone.state [8] firmware --swapped--> boot");
	memory_lab_free(lab);
}

static void goes_on_with_the_old_load(struct memory_lab *lab, const char *message, const char *detail)
{
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_rung(lab, LADDER_FIRMWARE, LADDER_FAILED, detail);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_LOAD);
	assert_non_null(strstr(memory_lab_view(lab, 0).download_status, "Failed"));
	assert_said(lab, message);
	assert_int_equal(lab->phone[0].swaps, 0);
	assert_int_equal(lab->phone[0].commits, 0);
	/* The cause goes away: no person has to touch the phone. */
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_NEW_LOAD);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	memory_lab_free(lab);
}

static void the_load_is_missing(void **state)
{
	(void)state;
	goes_on_with_the_old_load(wants(LAB_NEW_LOAD), "message Load ID incorrect", "not found");
}

static void an_image_is_missing(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_remove_file(lab, "kern78xx.14-3-1-0001-101.sbn");
	goes_on_with_the_old_load(lab, "message Load ID incorrect", "kern");
}

static void an_image_is_truncated(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", true);
	goes_on_with_the_old_load(lab, "message Checksum Error", "its header says");
}

static void an_image_is_something_else(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_put_file(lab, "sboot78xx.14-3-1-0001-101.sbn", "<html>", 6);
	goes_on_with_the_old_load(lab, "message Checksum Error", "is no image");
}

static void a_load_for_other_hardware(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	memory_lab_put_load(lab, LAB_NEW_LOAD, "88xx", false);
	goes_on_with_the_old_load(lab, "message Load rejected HC", "not for this hardware");
}

/* A list of another maker: no comment, no [CISCO-ID], other keys, two platforms; the images of the first are taken. */
static void put_list(struct memory_lab *lab, const char *text)
{
	uint8_t out[8192];

	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_put_file(lab, LAB_NEW_LOAD ".loads", out,
			    lab_sign_file(NULL, LAB_NEW_LOAD ".loads", text, strlen(text), out, sizeof(out)));
}

static void the_first_platform_is_taken(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	put_list(lab, "[PLATFORM_2]\nkern=missing78xx.sbn size=1\n[PLATFORM_1]\nebr_kern = (0x1, 0x2)\n"
		      "kern = kern78xx.14-3-1-0001-101.sbn size=6344\n"
		      "rootfs = rootfs78xx.14-3-1-0001-101.sbn\n");
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_NEW_LOAD);
	assert_int_equal(lab->phone[0].images, 2);
	memory_lab_free(lab);
}

static void an_image_has_not_the_size_of_the_list(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);

	(void)state;
	put_list(lab, "[PLATFORM_1]\nkern=kern78xx.14-3-1-0001-101.sbn size=6343\n");
	goes_on_with_the_old_load(lab, "message Checksum Error", "has 6344 bytes, the .loads file says 6343");
}

/* A list that names no family of phones is used. */
static void no_family_is_named(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);
	uint8_t image[SBN_HEADER_SIZE + 10] = {0};
	const struct sbn_header header = {
	    .header_size = SBN_HEADER_SIZE, .payload_size = 10, .name = "k.sbn"};

	(void)state;
	put_list(lab, "# RELEASE Model=Any Version=1\n[PLATFORM_7]\nkern=k.sbn\n");
	assert_int_equal(sbn_encode(&header, image, sizeof(image)), SBN_HEADER_SIZE);
	memory_lab_put_file(lab, "k.sbn", image, sizeof(image));
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_NEW_LOAD);
	memory_lab_free(lab);
}

static void a_load_signed_by_a_stranger(void **state)
{
	struct memory_lab *lab = wants(LAB_NEW_LOAD);
	struct lab_signer *stranger = lab_signer_new();
	uint8_t out[8192];
	size_t length = lab_sign_file(stranger, LAB_NEW_LOAD ".loads", "hwcompat=1\n", 11, out, sizeof(out));

	(void)state;
	memory_lab_put_file(lab, LAB_NEW_LOAD ".loads", out, length);
	goes_on_with_the_old_load(lab, "message Load rejected HC", "does not verify");
	lab_signer_free(stranger);
}

static void a_corrupt_active_bank_falls_back(void **state)
{
	struct memory_lab *lab = wants("");

	(void)state;
	lab->phone[0].active.intact = false;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_OLD_LOAD);
	assert_rung(lab, LADDER_BOOT, LADDER_DONE, "fell back");
	assert_said(lab, "is corrupt, falling back to " LAB_OLD_LOAD);
	memory_lab_free(lab);
}

static void both_banks_are_corrupt(void **state)
{
	struct memory_lab *lab = wants("");

	(void)state;
	lab->phone[0].active.intact = lab->phone[0].inactive.intact = false;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_BOOT, LADDER_FAILED, "no intact load");
	lab->phone[0].active.intact = true;
	must_register(lab, 20);
	memory_lab_free(lab);
}

static void flash_does_not_answer(void **state)
{
	struct memory_lab *lab = wants("");

	(void)state;
	lab->phone[0].flash_dead = true;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 15 * SECOND);
	assert_rung(lab, LADDER_BOOT, LADDER_FAILED, "flash does not answer");
	lab->phone[0].flash_dead = false;
	must_register(lab, 40);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_active_load_is_the_right_one),
	    cmocka_unit_test(no_load_is_named),
	    cmocka_unit_test(the_inactive_load_is_just_swapped),
	    cmocka_unit_test(a_new_load_is_downloaded),
	    cmocka_unit_test(the_load_is_missing),
	    cmocka_unit_test(an_image_is_missing),
	    cmocka_unit_test(an_image_is_truncated),
	    cmocka_unit_test(an_image_is_something_else),
	    cmocka_unit_test(a_load_for_other_hardware),
	    cmocka_unit_test(the_first_platform_is_taken),
	    cmocka_unit_test(an_image_has_not_the_size_of_the_list),
	    cmocka_unit_test(no_family_is_named),
	    cmocka_unit_test(a_load_signed_by_a_stranger),
	    cmocka_unit_test(a_corrupt_active_bank_falls_back),
	    cmocka_unit_test(both_banks_are_corrupt),
	    cmocka_unit_test(flash_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
