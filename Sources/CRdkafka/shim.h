// The mock header needs the types of the main one and must follow it.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
