from tests.store.conftest import file_store as file_store
from tests.store.conftest import lifter as lifter
from tests.store.conftest import store as store
