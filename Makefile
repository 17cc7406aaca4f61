# phonelab: build, lab and tests. The two commands of the README are `make lab` and `make test`.
#
#   make            the four programs, in build/bin/
#   make lab        everything that is missing is installed, then the office lab runs (Ctrl-C ends it)
#   make test       everything that is missing is installed, then every suite runs
#   make check      the same with a minute of fuzzing for each target
#   make nightly    hours: ten minutes of fuzzing for each target, the suites on a busy machine, the benchmarks
#   make why-gate   random mutations of running labs, and whether `phonelab why` names them
#   make bench      figures, as ratios measured in one run
#   make deps       install what is missing (apt), and nothing else
#   make install    programs, manual pages and topologies, under DESTDIR and PREFIX (/usr/local)
#   make SAN=1 ...  the same under address and undefined-behaviour sanitizers, in build-san/
#   make CC=clang B=build-clang ...

CC      ?= gcc
SAN     ?=
ifeq ($(origin CC),default)
CC      := gcc
endif
B       ?= build$(if $(SAN),-san)

PKGS    := libnl-3.0 libnl-route-3.0 libmnl libevent jansson yaml-0.1 libxml-2.0 libpcap libcrypto sqlite3 zlib
PKGS_OK := $(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes)

,       := ,
CFLAGS  ?= -O2 -g
ALL_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
              -Wpointer-arith -Wvla -Wformat=2 -Wundef -fno-common -fstack-protector-strong \
              -D_GNU_SOURCE -I. $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-format-truncation) \
              $(if $(PKGS_OK),$(shell pkg-config --cflags $(PKGS))) $(CFLAGS)
ALL_LIBS := $(if $(PKGS_OK),$(shell pkg-config --libs $(PKGS))) -losipparser2 $(LDLIBS)

# A folder is a library, less its main.c. Order is the order of the floors, top first, for the linker.
LIBS    := phonelab cucm phone-sim switch-sim cable wire base
src      = $(filter-out %/main.c,$(wildcard $(1)/*.c $(1)/*/*.c))
obj      = $(patsubst %.c,$(B)/obj/%.o,$(1))
ARCHIVES := $(foreach l,$(LIBS),$(if $(call src,$(l)),$(B)/lib/lib$(l).a))
MAINS   := $(wildcard $(foreach p,phonelab switch-sim phone-sim cable,$(p)/main.c))
BINS    := $(patsubst %/main.c,$(B)/bin/%,$(MAINS))

SUPPORT := $(wildcard tests/support/*.c)
TESTS   := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/*/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

.PHONY: all lab test check nightly why-gate bench deps install clean tests fuzzers format format-check
.SECONDARY:
all: $(BINS)

define archive
$(B)/lib/lib$(1).a: $(call obj,$(call src,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcs $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call archive,$(l))))

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/cucm/config_kamailio.o: cucm/kamailio.cfg
$(B)/obj/phonelab/fault/catalogue.o: $(wildcard phonelab/faults/*.yaml)
$(B)/obj/phonelab/document/spelling.o: phonelab/exercises/spelling.yaml
$(B)/obj/phonelab/exercise/read.o: phonelab/exercises/office.yaml topologies/office.yaml
$(B)/obj/phonelab/scenario/page.o: phonelab/scenario/page.css
$(B)/obj/phonelab/web/files.o: $(wildcard phonelab/web/page/*)
$(B)/obj/phone-sim/driver/web_template.o: phone-sim/driver/page.html

$(B)/bin/%: $(B)/obj/%/main.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(ALL_LIBS)

$(B)/tests/%: $(B)/obj/tests/%.o $(call obj,$(SUPPORT)) $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $< $(call obj,$(SUPPORT)) -Wl,--start-group $(ARCHIVES) -Wl,--end-group \
	    $(ALL_LIBS) -lcmocka

tests: $(TESTS)

# It fails the Nth allocation of the code that it tests.
$(B)/tests/unit/switch_memory_test: ALL_LIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

# Fuzz targets are clang's, with every file that they use instrumented. A target has the objects that it needs and no
# others: libFuzzer reads the counters of the whole program after each input.
FUZZ_FLAGS = $(filter-out -fsanitize%,$(ALL_CFLAGS)) -O1 -fno-omit-frame-pointer
FUZZ_SRC   = $(foreach l,base wire switch-sim/core phone-sim/core phone-sim/memory phonelab/document phonelab/topology, \
                 $(wildcard $(l)/*.c)) \
             $(wildcard cable/panel_msg.c cable/panel_body.c switch-sim/driver/switch_file*.c \
                 phone-sim/driver/rack_config.c phone-sim/driver/http_response.c cucm/rpc.c cucm/registrations.c \
                 phonelab/fault/read.c phonelab/fault/keys.c phonelab/fault/catalogue.c phonelab/fault/rows.c \
                 phonelab/fault/client.c phonelab/fault/target.c phonelab/fault/apply.c \
                 phonelab/scenario/read.c phonelab/scenario/keys.c phonelab/scenario/settle*.c tests/fuzz/support/*.c)
FUZZ_OBJ   = $(patsubst %.c,$(B)/fuzz-obj/%.o,$(FUZZ_SRC))
# The cores and the cursors compare states, times and lengths, nothing that an input has to guess.
# What tests/fuzz/support does is no coverage.
$(B)/fuzz-obj/switch-sim/core/%.o $(B)/fuzz-obj/phone-sim/core/%.o $(B)/fuzz-obj/wire/cursor.o: FUZZ_COVERAGE = -fno-sanitize-coverage=trace-cmp
$(B)/fuzz-obj/tests/fuzz/support/%.o: FUZZ_COVERAGE = -fno-sanitize=fuzzer-no-link
$(B)/fuzz-obj/%.o: %.c
	@mkdir -p $(@D)
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined $(FUZZ_COVERAGE) -MMD -MP -c -o $@ $<
$(B)/fuzz-obj/all.a: $(FUZZ_OBJ) Makefile
	@rm -f $@
	@$(AR) rcs $@ $(FUZZ_OBJ)
$(B)/fuzz/%: tests/fuzz/%.c $(B)/fuzz-obj/all.a
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(B)/fuzz-obj/all.a $(ALL_LIBS)
fuzzers: $(FUZZERS)

lab:
	@ci/deps build run
	@$(MAKE) --no-print-directory -s -j2 all
	@$(B)/bin/phonelab up topologies/office.yaml

test:
	@ci/deps build run test
	@ci/test

check:
	@ci/deps build run test
	@TIER=check ci/test

nightly:
	@ci/deps build run test nightly
	@TIER=nightly ci/test
	@$(MAKE) --no-print-directory bench

why-gate:
	@ci/deps build run test
	@ci/test why

bench:
	@ci/deps build run test
	@$(MAKE) --no-print-directory -s -j2 all
	@ci/bench
	@ci/bench-scenarios
	@ci/bench-why

deps:
	@ci/deps build run test

PREFIX  ?= /usr/local
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/phonelab/topologies
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 topologies/*.yaml topologies/schema.json $(DESTDIR)$(PREFIX)/share/phonelab/topologies

FORMATTED = $(wildcard $(foreach d,$(LIBS) tests,$(d)/*.[ch] $(d)/*/*.[ch]) tests/fuzz/support/*.[ch] ci/*/*.c)
format:
	clang-format -i $(FORMATTED)
format-check:
	@clang-format --dry-run -Werror $(FORMATTED)

clean:
	rm -rf build build-san build-clang

OBJ_DIRS := $(wildcard $(B)/obj $(B)/fuzz-obj)
-include $(if $(OBJ_DIRS),$(shell find $(OBJ_DIRS) -name '*.d'))
