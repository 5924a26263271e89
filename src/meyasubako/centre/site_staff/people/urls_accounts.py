"""Addresses under /accounts/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.people import accounts

urlpatterns = [
    path("", accounts.account_list, name="accounts"),
    path("invite/", accounts.invite, name="account_invite"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/roles/", accounts.set_roles, name="account_roles"),
    path("<int:pk>/disable/", accounts.disable, name="account_disable"),
    path("<int:pk>/enable/", accounts.enable, name="account_enable"),
    path("<int:pk>/unlock/", accounts.unlock, name="account_unlock"),
    path("<int:pk>/invitation/", accounts.invite_again, name="account_invite_again"),
    path("<int:pk>/reset-second-factor/", accounts.reset_second_factor, name="account_reset_second_factor"),
]
