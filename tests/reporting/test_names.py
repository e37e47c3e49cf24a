from skhpt.reporting._names import short_names


def test_prefixes_go_where_the_rest_says_enough():
    assert short_names(["clf__model__units", "clf__optimizer__learning_rate"]) == {
        "clf__model__units": "units",
        "clf__optimizer__learning_rate": "learning_rate",
    }


def test_of_two_parameters_with_one_ending_as_much_is_kept_as_tells_them_apart():
    assert short_names(["clf__a__units", "clf__b__units", "epochs"]) == {
        "clf__a__units": "a__units",
        "clf__b__units": "b__units",
        "epochs": "epochs",
    }


def test_a_parameter_whose_whole_name_another_ends_with_keeps_it():
    assert short_names(["units", "model__units"]) == {"units": "units", "model__units": "model__units"}
