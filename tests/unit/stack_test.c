/* The files of `phonelab stack`: no name that a shell, YAML or an engine reads as something else, and the limits of services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "phonelab/closet/mux.h"
#include "phonelab/stack/stack.h"

static struct topology *campus;

static int begin(void **state)
{
	struct complaints complaints = {0};

	(void)state;
	campus = topology_read("topologies/campus.yaml", 0, &complaints);
	return campus ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	topology_free(campus);
	return 0;
}

static int check(const char *name, const char *image, bool kubernetes)
{
	const struct stack stack = {.topology = campus, .name = name, .image = image};
	struct fail fail = {0};

	return stack_check_names(&stack, kubernetes, &fail);
}

static void names(void **state)
{
	static const char *const right[] = {"campus", "a", "7", "site-2", "abcdefghijklmnopqrstuvwxyz012345"};
	static const char *const wrong[] = {
	    "",		"Campus", "-a",	      "a-",
	    "a_b",	"a.b",	  "a b",      "$(id)",
	    "a;reboot", "`id`",	  "a'b",      "a\"b",
	    "a\nb",	"../a",	  "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456"};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (check(right[i], NULL, false) || check(right[i], NULL, true))
			fail_msg("\"%s\" is rejected", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (check(wrong[i], NULL, false) != -EINVAL || check(wrong[i], NULL, true) != -EINVAL)
			fail_msg("\"%s\" is accepted", wrong[i]);
}

static void images(void **state)
{
	static const char *const right[] = {"phonelab", "phonelab:0.1.0", "localhost:5000/a/phonelab:x_1",
					    "sha256:0123456789abcdef", "r.example/phonelab@sha256:0123"};
	static const char *const wrong[] = {"", "a b", "$(id)", "a\"b", "-a", "a\nb", "${HOME}", "a`b"};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (check("campus", right[i], false))
			fail_msg("\"%s\" is rejected", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (check("campus", wrong[i], false) != -EINVAL)
			fail_msg("\"%s\" is accepted", wrong[i]);
}

static void closets(void **state)
{
	static const struct {
		const char *name;
		int swarm, kubernetes;
	} cases[] = {
	    {"closet1", 0, 0},
	    {"Closet1", 0, -EINVAL},
	    {"1st-floor", 0, -EINVAL},
	    {"floor-", -EINVAL, -EINVAL},
	};
	const char *before = campus->closets.items[0].name;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		campus->closets.items[0].name = cases[i].name;
		assert_int_equal(check("campus", NULL, false), cases[i].swarm);
		assert_int_equal(check("campus", NULL, true), cases[i].kubernetes);
	}
	campus->closets.items[0].name = before;
}

static const struct stack_service *service(const struct stack *stack, const char *name)
{
	for (size_t i = 0; i < stack->count; i++)
		if (!strcmp(stack->services[i].name, name))
			return &stack->services[i];
	fail_msg("there is no service %s", name);
	return NULL;
}

/* The keeper has a process per channel of the console, and each may run a program; the console is one process. */
static void limits(void **state)
{
	struct stack stack = {.topology = campus, .name = "campus"};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(stack_list(&stack, &fail), 0);
	assert_int_equal(stack.count, 13);
	assert_true(service(&stack, "closet1-keeper")->pids > 2 * MUX_CHANNELS);
	assert_true(service(&stack, "core-keeper")->pids > 2 * MUX_CHANNELS);
	assert_int_equal(service(&stack, "console")->pids, service(&stack, "closet1-switch")->pids);
	/* Its /tmp, and a window per channel of three closets. */
	assert_true(service(&stack, "console")->memory_mib > 64 + 3 * 32);
}

/* Docker Swarm accepts names of services of up to 63 characters, with that of the stack. */
static void names_of_services(void **state)
{
	char text[64] = "";
	struct stack stack = {.topology = campus, .name = text};
	const size_t most = 63 - strlen("_closet1-switch");
	struct fail fail = {0};

	(void)state;
	memset(text, 'a', most);
	assert_int_equal(stack_list(&stack, &fail), 0);
	text[most] = 'a';
	stack = (struct stack){.topology = campus, .name = text};
	assert_int_equal(stack_list(&stack, &fail), -EINVAL);
	assert_non_null(strstr(fail.text, "of 64 characters, expected up to 63"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),   cmocka_unit_test(images), cmocka_unit_test(names_of_services),
	    cmocka_unit_test(closets), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests_name("stack", tests, begin, end);
}
